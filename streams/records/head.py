"""Head: the few fields of a record by which most calls are told apart from what any rule or session could want."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class Head(Struct, frozen=True, array_like=True, gc=False):
    """The head of a call: `kind` and `arn` are its caller's; `shared` says that it has a sharedEventID.

    What it says is taken for proof: a further field, or other terms in `head_of`, need another version of the
    frame, or a bridge of the release before would seem to say that the field is not there.
    """

    event_source: str
    event_name: str
    kind: str | None = None
    arn: str | None = None
    error_code: str | None = None
    shared: bool = False


_NOBODY: dict[str, Any] = {}


def head_of(fields: Mapping[str, Any]) -> Head | None:
    """The head of a decoded record; None where only the whole record can tell.

    That is one whose fields are not of the plainest types, that names by dots what lies inside of `userIdentity`,
    or that says that something was cut off.
    """
    get = fields.get
    source, name, error, shared = get("eventSource"), get("eventName"), get("errorCode"), get("sharedEventID")
    if not (isinstance(source, str) and isinstance(name, str) and _plain(error) and _plain(shared)):
        return None
    if get("omitted") is not None or get("userIdentity.type") is not None or get("userIdentity.arn") is not None:
        return None
    caller = get("userIdentity")
    caller = _NOBODY if caller is None else caller
    if not isinstance(caller, dict) or caller.get("omitted") is not None:
        return None
    kind, arn = caller.get("type"), caller.get("arn")
    return Head(source, name, kind, arn, error, shared is not None) if _plain(kind) and _plain(arn) else None


def _plain(value: object) -> bool:
    return value is None or isinstance(value, str)
