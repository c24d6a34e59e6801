"""Item: what a body turns out to hold. Every part of a body ends as exactly one of the four kinds."""

from typing import Any

from msgspec import Struct


class CallItem(Struct, frozen=True):
    """A call. `record` is its bytes as they came, `fields` the one full decode of them.

    `account` is what the envelope says (EventBridge, CloudWatch Logs), None where it says nothing; `topic_arn`
    is the outermost SNS envelope's, the one that AWS wrote: an inner one is the publisher's own text. `floats`
    says whether a number in it may not be whole, which a fingerprint looks for where nobody knows.
    """

    record: bytes
    fields: dict[str, Any]
    account: str | None = None
    topic_arn: str | None = None
    floats: bool = True


class Control(Struct, frozen=True):
    """Something AWS sends that carries no call: a test, a confirmation, an empty container, another event."""

    reason: str


class Pointer(Struct, frozen=True):
    """An object in S3 that holds calls; the key is decoded."""

    bucket: str
    key: str
    reason: str


class Refused(Struct, frozen=True):
    """Something that is none of these. `reason` is a stable snake_case word, `detail` says it in full.

    `body` is the refused part as it came, for the dead letter and for the scan (invariant I21); `account` and
    `topic_arn` are as in a CallItem.
    """

    reason: str
    detail: str
    body: bytes
    account: str | None = None
    topic_arn: str | None = None


Item = CallItem | Control | Pointer | Refused


class Origin(Struct, frozen=True):
    """What the envelopes around a body said so far, and how many there were.

    `owner` is the account of a log group: it may hold an organisation's calls, so it counts only for a call
    that names no account itself.
    """

    account: str | None = None
    owner: str | None = None
    topic_arn: str | None = None
    layers: int = 0

    def inside(
        self,
        *,
        account: str | None = None,
        owner: str | None = None,
        topic_arn: str | None = None,
    ) -> "Origin":
        """One layer further in: the innermost account counts, and the outermost topic."""
        return Origin(
            account or self.account,
            owner or self.owner,
            self.topic_arn or topic_arn,
            self.layers + 1,
        )
