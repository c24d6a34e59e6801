"""Person entry: one item of `people:` becomes a Person, or its faults are noted."""

import re
from collections.abc import Mapping
from typing import Any

from agents.decisions.directory import Person, PinnedRole
from agents.people.codes import PeopleCode
from agents.people.page import Page
from streams.settings.located import Path

_KEYS = ("id", "name", "slack", "duo", "groups", "aws")
_AWS_KEYS = ("sso", "source_identity", "iam", "roles")
PERSON_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
SLACK_ID = re.compile(r"[UW][A-Z0-9]{2,20}")
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,576}")


def read_person(page: Page, path: Path, value: Any) -> Person | None:
    """The person at a path; None where the id is missing or of no use."""
    entry = page.mapping(path, value)
    if not isinstance(value, Mapping):
        return None
    page.known_keys(path, entry, _KEYS)
    person_id = _id(page, path, entry)
    name = page.honest_text((*path, "name"), entry["name"]) if "name" in entry else None
    slack = _formed(page, (*path, "slack"), entry.get("slack"), SLACK_ID, "a Slack user id like U012ABCDEF")
    duo = page.honest_text((*path, "duo"), entry["duo"]) if entry.get("duo") is not None else None
    groups = page.items((*path, "groups"), entry.get("groups"))
    aws_path = (*path, "aws")
    aws = page.mapping(aws_path, entry.get("aws"))
    page.known_keys(aws_path, aws, _AWS_KEYS)
    sso = _names(page, (*aws_path, "sso"), aws.get("sso"))
    source_identity = _names(page, (*aws_path, "source_identity"), aws.get("source_identity"))
    iam = _iam(page, (*aws_path, "iam"), aws.get("iam"))
    roles = _roles(page, (*aws_path, "roles"), aws.get("roles"))
    if person_id is None:
        return None
    return Person(
        id=person_id,
        name=name or person_id,
        slack=slack,
        duo=duo,
        groups=tuple(text for inner, item in groups if (text := page.text(inner, item)) is not None),
        sso=sso,
        source_identity=source_identity,
        iam=iam,
        roles=roles,
    )


def _id(page: Page, path: Path, entry: Any) -> str | None:
    if "id" not in entry:
        page.fault(path, 'this person has no "id"', PeopleCode.MISSING)
        return None
    wanted = "an id of letters, digits and . _ @ + -, at most 64"
    return _formed(page, (*path, "id"), entry["id"], PERSON_ID, wanted, required=True)


def _formed(
    page: Page, path: Path, value: Any, form: re.Pattern[str], wanted: str, *, required: bool = False
) -> str | None:
    """A name in a form of its own."""
    if value is None and not required:
        return None
    text = page.aws_name(path, value)
    if text is None or form.fullmatch(text):
        return text
    page.fault(path, f'"{text}" is not {wanted}', PeopleCode.BAD_FORM)
    return None


def _names(page: Page, path: Path, value: Any) -> tuple[str, ...]:
    names = [page.aws_name(inner, item) for inner, item in page.items(path, value)]
    return tuple(name for name in names if name is not None)


def _iam(page: Page, path: Path, value: Any) -> dict[str, tuple[str, ...]]:
    found = page.mapping(path, value)
    users: dict[str, tuple[str, ...]] = {}
    for inner, key in page.raw_keys(path, found):
        account = page.account(inner, key)
        names = _names(page, inner, found[key])
        if account is not None:
            users[account] = names
    return users


def _roles(page: Page, path: Path, value: Any) -> tuple[PinnedRole, ...]:
    roles = []
    for inner, item in page.items(path, value):
        entry = page.mapping(inner, item)
        page.known_keys(inner, entry, ("arn", "session"))
        if missing := [key for key in ("arn", "session") if key not in entry]:
            page.fault(inner, f"a role needs {' and '.join(missing)}", PeopleCode.MISSING)
            continue
        wanted = "a role's ARN: arn:aws:iam::ACCOUNT:role/PATH/NAME"
        arn = _formed(page, (*inner, "arn"), entry["arn"], _ROLE_ARN, wanted, required=True)
        session = page.aws_name((*inner, "session"), entry["session"])
        if arn is not None and session is not None:
            roles.append(PinnedRole(arn, session))
    return tuple(roles)
