"""Head: the few fields of a record by which most calls are told apart from what any rule or session could want."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct, field


class Caller(Struct, gc=False):
    """What the head tells of `userIdentity`; one that was cut off says so by `omitted`, and has no head."""

    type: str | None = None
    arn: str | None = None
    omitted: None = None


class Head(Struct, gc=False, rename="camel"):
    """The head of a record whose fields are of the plainest types; any other record has none.

    A record may also name what lies inside of `userIdentity` by dots, or say that it was cut off: then it has none
    either.
    """

    event_source: str
    event_name: str
    user_identity: Caller | None = None
    error_code: str | None = None
    shared_event_id: str | None = field(default=None, name="sharedEventID")
    omitted: None = None
    dotted_type: None = field(default=None, name="userIdentity.type")
    dotted_arn: None = field(default=None, name="userIdentity.arn")


_decode = msgspec.json.Decoder(Head).decode


def read_head(record: Raw) -> Head | None:
    """The head of a record in JSON, a third of what decoding costs; None where only the whole record can tell.

    What is passed over is JSON; whether its texts are UTF-8 and its numbers can be held is not looked at. So ask
    only of a record that was decoded before, as its mark says.
    """
    try:
        return _decode(record)
    except Exception:  # noqa: BLE001 - whatever is wrong with it, decoding the whole says so
        return None


def head_of(fields: Mapping[str, Any]) -> Head | None:
    """The head of a decoded record, by the same terms."""
    try:
        return msgspec.convert(fields, Head)
    except msgspec.ValidationError:
        return None
