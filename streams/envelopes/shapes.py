"""Shapes: how each envelope is told from its keys, and what lies inside it.

What AWS documents: the CloudTrail record contents, EventBridge events, SNS and SQS messages and their Lambda
forms, CloudWatch Logs subscriptions, Kinesis, Firehose and Kafka records, LookupEvents, S3 notifications.
"""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from msgspec import Raw

from streams.envelopes import notices, reading
from streams.envelopes.item import Control, Item, Origin, Refused

Found = dict[str, Raw]

_AWS = "aws."
_QUOTE = ord('"')


class Opener(Protocol):
    """What a shape hands its contents to."""

    def body(self, data: bytes, origin: Origin) -> Iterator[Item]:
        """Bytes of which nothing is known yet."""

    def base64(self, data: bytes, origin: Origin) -> Iterator[Item]:
        """The bytes that a base64 text encodes."""

    def call(self, data: bytes, origin: Origin) -> Item:
        """An object that has the shape of a call."""

    def plain_call(self, data: bytes, origin: Origin, *, repeats: bool = True) -> Item | None:
        """An object, if it is a call that nothing is wrong with; without `repeats` no key may stand twice."""

    def elements(self, raw: Raw | bytes, origin: Origin) -> Iterator[Item]:
        """Each element of an array."""


Shape = Callable[[Opener, Found, Origin], Iterator[Item] | None]
"""Gives the items of an envelope of its kind, or None for something else. May raise UNREADABLE."""


def string(raw: Raw | None) -> str | None:
    """The string a member holds, None where it is missing or of another type."""
    return reading.text(raw) if raw is not None and memoryview(raw)[0] == _QUOTE else None


def is_call(found: Found) -> bool:
    """The shape of a call: string eventSource (not `aws:`) and eventName, one more of its marks, no s3 block."""
    if "eventSource" not in found or "eventName" not in found:
        return False
    if not ("eventVersion" in found or "eventID" in found or "userIdentity" in found):
        return False
    if "s3" in found and _is(found["s3"], b"{"):
        return False
    source = string(found["eventSource"])
    return source is not None and not source.startswith("aws:") and _is(found["eventName"], b'"')


def is_plain_call(fields: Any) -> bool:
    """The same shape, of an object that was decoded whole."""
    if not isinstance(fields, dict) or isinstance(fields.get("s3"), dict):
        return False
    if not ("eventVersion" in fields or "eventID" in fields or "userIdentity" in fields):
        return False
    source = fields.get("eventSource")
    return isinstance(source, str) and not source.startswith("aws:") and isinstance(fields.get("eventName"), str)


def _is(raw: Raw, opening: bytes) -> bool:
    return memoryview(raw)[0] == opening[0]


def _one(item: Item | None) -> Iterator[Item] | None:
    return None if item is None else iter((item,))


def _list(key: str) -> Shape:
    def shape(opener: Opener, found: Found, origin: Origin) -> Iterator[Item] | None:
        return opener.elements(found[key], origin.inside()) if _is(found[key], b"[") else None

    return shape


def _text(key: str) -> Shape:
    def shape(opener: Opener, found: Found, origin: Origin) -> Iterator[Item] | None:
        inner = string(found[key])
        return None if inner is None else opener.body(inner.encode(), origin.inside())

    return shape


_message = _text("message")


def _log_event(opener: Opener, found: Found, origin: Origin) -> Iterator[Item] | None:
    return _message(opener, found, origin) if "timestamp" in found else None


def _data(key: str, marks: frozenset[str]) -> Shape:
    def shape(opener: Opener, found: Found, origin: Origin) -> Iterator[Item] | None:
        inner = string(found[key])
        if marks.isdisjoint(found) and len(found) > 1:
            return None
        if inner is None:
            return iter((Control("empty_body"),)) if bytes(found[key]) == b"null" else None
        return opener.base64(inner.encode(), origin.inside())

    return shape


def _event_bridge(opener: Opener, found: Found, origin: Origin) -> Iterator[Item] | None:
    detail, account = bytes(found["detail"]), string(found.get("account"))
    if not _is(found["detail"], b"{"):
        return None
    within = origin.inside(account=account)
    call = opener.plain_call(detail, within, repeats=False)  # one pass where `members` and `call` take three
    inner = reading.members(detail) if call is None else {}
    kind, source = string(found.get("detail-type")), string(found.get("source"))
    if call is not None or is_call(inner):
        if source is not None and not source.startswith(_AWS):
            return iter((_forged(source, detail, account, origin),))
        return iter((call or opener.call(detail, within),))
    if _is_insight(inner):
        return iter((Control("insight"),))
    if kind is None or source is None:
        return None
    if (source, kind) == ("aws.s3", "Object Created"):
        return _one(notices.s3_event(reading.value(detail)))
    is_other = source.startswith(_AWS) and "via CloudTrail" not in kind
    return iter((Control("other_event"),)) if is_other else None


def _forged(source: str, detail: bytes, account: str | None, origin: Origin) -> Refused:
    """Whoever may PutEvents can write any record into an event, but no source that begins as AWS's own do."""
    what = f"a call in an event of source {source[:40]}, which AWS did not send"
    return Refused("not_from_aws", what, detail, account or origin.account or origin.owner, origin.topic_arn)


def _sns(opener: Opener, found: Found, origin: Origin) -> Iterator[Item] | None:
    kind, topic_arn = string(found.get("Type")), string(found.get("TopicArn"))
    if kind in {"SubscriptionConfirmation", "UnsubscribeConfirmation"}:
        return iter((Control("sns_confirmation"),))
    message = string(found["Message"])
    if message is None or (kind != "Notification" and topic_arn is None):
        return None
    return opener.body(message.encode(), origin.inside(topic_arn=topic_arn))


def _sns_lambda(opener: Opener, found: Found, origin: Origin) -> Iterator[Item] | None:
    inner = reading.members(bytes(found["Sns"])) if _is(found["Sns"], b"{") else {}
    return _sns(opener, inner, origin) if "Message" in inner else None


def _records(opener: Opener, found: Found, origin: Origin) -> Iterator[Item] | None:
    if _is(found["records"], b"["):
        return opener.elements(found["records"], origin.inside())
    if not _is(found["records"], b"{"):
        return None
    partitions = reading.members(bytes(found["records"]))  # Kafka for Lambda: "topic-0" to its records
    if not all(_is(raw, b"[") for raw in partitions.values()):
        return None
    if not partitions:
        return iter((Control("empty_container"),))
    return (item for raw in partitions.values() for item in opener.elements(raw, origin.inside()))


def _awslogs(opener: Opener, found: Found, origin: Origin) -> Iterator[Item] | None:
    inner = reading.members(bytes(found["awslogs"])) if _is(found["awslogs"], b"{") else {}
    data = string(inner.get("data"))
    return None if data is None else opener.base64(data.encode(), origin.inside())


def _kinesis(opener: Opener, found: Found, origin: Origin) -> Iterator[Item] | None:
    inner = reading.members(bytes(found["kinesis"])) if _is(found["kinesis"], b"{") else {}
    data = string(inner.get("data"))
    return None if data is None else opener.base64(data.encode(), origin.inside())


def _log_events(opener: Opener, found: Found, origin: Origin) -> Iterator[Item] | None:
    kind = string(found.get("messageType"))
    if kind == "CONTROL_MESSAGE":
        return iter((Control("control_message"),))
    if kind != "DATA_MESSAGE" or "logEvents" not in found or not _is(found["logEvents"], b"["):
        return None
    return opener.elements(found["logEvents"], origin.inside(owner=string(found.get("owner"))))


def _s3(opener: Opener, found: Found, origin: Origin) -> Iterator[Item] | None:
    del opener, origin
    return _one(notices.s3_record(_values(found, "eventName", "eventSource", "s3")))


def _cloudtrail_notice(opener: Opener, found: Found, origin: Origin) -> Iterator[Item] | None:
    del opener, origin
    values = _values(found, "s3Bucket", "s3ObjectKey")
    return notices.cloudtrail_notice(values.get("s3Bucket"), values.get("s3ObjectKey"))


def _values(found: Found, *keys: str) -> dict[str, Any]:
    return {key: reading.value(bytes(found[key])) for key in keys if key in found}


def _is_insight(found: Found) -> bool:
    return "insightDetails" in found or string(found.get("eventCategory")) == "Insight"


def _insight(opener: Opener, found: Found, origin: Origin) -> Iterator[Item] | None:
    del opener, origin
    return iter((Control("insight"),)) if _is_insight(found) else None


def _test_event(opener: Opener, found: Found, origin: Origin) -> Iterator[Item] | None:
    del opener, origin
    return iter((Control("s3_test_event"),)) if string(found["Event"]) == "s3:TestEvent" else None


def _digest(opener: Opener, found: Found, origin: Origin) -> Iterator[Item] | None:
    del opener, origin
    return iter((Control("digest"),)) if "logFiles" in found else None


LISTS = ("Records", "records", "Messages", "Events", "events", "logEvents")
"""The keys under which a container lists its parts, for what is left of a broken one."""

SHAPES: dict[str, Shape] = {
    "detail": _event_bridge,
    "Message": _sns,
    "Sns": _sns_lambda,
    "Records": _list("Records"),
    "records": _records,
    "Messages": _list("Messages"),
    "Events": _list("Events"),
    "events": _list("events"),
    "Body": _text("Body"),
    "body": _text("body"),
    "CloudTrailEvent": _text("CloudTrailEvent"),
    "awslogs": _awslogs,
    "messageType": _log_events,
    "message": _log_event,
    "kinesis": _kinesis,
    "data": _data("data", frozenset({"recordId"})),
    "Data": _data("Data", frozenset({"SequenceNumber", "PartitionKey"})),
    "value": _data("value", frozenset({"offset", "topic"})),
    "s3": _s3,
    "s3Bucket": _cloudtrail_notice,
    "insightDetails": _insight,
    "eventCategory": _insight,
    "Event": _test_event,
    "digestS3Bucket": _digest,
}
"""By the key that gives a shape away, in the order in which they are tried."""
