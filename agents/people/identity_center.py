"""Identity Center: the output of `aws identitystore list-users` as accounts of people."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

from agents.people.codes import PeopleCode
from agents.people.loader import text_of
from agents.people.proposal import Account
from streams.settings.fault import Fault, FaultsFound, nearest
from streams.settings.located import Located, Path, documents

_TOP = ("Users", "NextToken")
_USER = ("UserId", "UserName", "DisplayName", "Emails", "Name", "IdentityStoreId")


def read_users(path: FilePath) -> list[Account]:
    """One account a user of the file.

    Source: https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_ListUsers.html.

    Raises:
        FaultsFound: every place where the file is not what the command prints.
    """
    text = text_of(path, "the list of users")
    try:
        top = json.loads(text)
    except (ValueError, RecursionError) as error:
        line, column = (error.lineno, error.colno) if isinstance(error, json.JSONDecodeError) else (1, 1)
        told = error.msg if isinstance(error, json.JSONDecodeError) else "it is nested too deep"
        message = f"this is no JSON: {told}"
        raise FaultsFound([Fault(str(path), line, column, message, PeopleCode.NO_EXPORT)]) from None
    wrong = list(_wrong(top))
    if wrong:
        found, _ = documents(str(path), text, PeopleCode.NO_EXPORT)  # JSON is YAML, and this reader knows places
        located = found[0] if found else Located(str(path), None, {}, {})
        raise FaultsFound([located.fault(at, message, PeopleCode.NO_EXPORT) for at, message in wrong])
    return [_account(user) for user in top["Users"]]


def _wrong(top: Any) -> Iterator[tuple[Path, str]]:
    """Each place that is not what the command prints, in the order of the file."""
    users = top.get("Users") if isinstance(top, Mapping) else None
    if not isinstance(top, Mapping) or not isinstance(users, list):
        close = _meant(top, ["Users"], _TOP)
        yield (), f'this is no output of "aws identitystore list-users": it has no list "Users"{close}'
        return
    for index, user in enumerate(users):
        missing = [key for key in ("UserId", "UserName") if not _is_named(user, key)]
        if missing:
            lacks = " and no ".join(f'text "{key}"' for key in missing)
            message = f"Users[{index}] has no {lacks}{_meant(user, missing, _USER)}"
            yield ("Users", index), message
    if top.get("NextToken"):
        yield ("NextToken",), "the list is cut off: take the command without --max-items"


def _is_named(user: Any, key: str) -> bool:
    return isinstance(user, Mapping) and isinstance(user.get(key), str) and bool(user[key])


def _meant(found: Any, missing: list[str], known: tuple[str, ...]) -> str:
    """`, but "UserNam"` where a key that means nothing is near one that is missing."""
    others = [str(key) for key in found if key not in known] if isinstance(found, Mapping) else []
    close = next((other for other in others if nearest(other, missing)), None)
    return f', but "{close}"' if close is not None else ""


def _account(user: Mapping[str, Any]) -> Account:
    name = user.get("DisplayName")
    return Account(
        handle=str(user["UserName"]),
        name=name if isinstance(name, str) else "",
        email=_address(user),
        claims={"sso": (str(user["UserName"]), str(user["UserId"]))},
        active=str(user.get("UserStatus", "ENABLED")).upper() != "DISABLED",
    )


def _address(user: Mapping[str, Any]) -> str:
    """The primary mail address, else the first, else a user name that is one."""
    listed = user.get("Emails")
    emails = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    emails.sort(key=lambda one: one.get("Primary") is not True)
    value = next((one.get("Value") for one in emails if isinstance(one.get("Value"), str)), None)
    return str(value or user["UserName"])
