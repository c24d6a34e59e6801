"""Call: one CloudTrail record on its way from a feed to triage, and the frame it travels in."""

from enum import StrEnum

from msgspec import Struct

from streams.records.beat import Beat
from streams.records.grant import GrantFrame
from streams.records.head import Head


class Feed(Struct, frozen=True):
    """The way a call came: the feed's name, the account its topic speaks for, and whether it is a backfill."""

    name: str
    account: str | None = None
    topic_arn: str | None = None
    backfill: bool = False


class FramedCall(Struct, frozen=True, array_like=True):
    """One record inside a frame: `feed` indexes the frame's feeds, `record` is the bytes as they came.

    `position` names the delivery inside its feed (SQS message id, file and index); `received_ms` is epoch
    milliseconds UTC, stamped once by the bridge; `account` is the envelope's, used when the record has none.
    `mark` is the record's fingerprint, which the bridge takes while it has it decoded: a copy is told without
    decoding it again. `head` indexes the frame's heads, if the record has one. A frame of an older release has
    neither.
    """

    feed: int
    position: str
    received_ms: int
    account: str | None
    record: bytes
    mark: bytes | None = None
    head: int | None = None


class CallFrame(Struct, frozen=True):
    """One message on `calls`: many records of one partition, and the rules version the bridge filtered by.

    `heads` are those of its calls, each once. `left_out` counts calls that were not asked for, and says of the
    others that they were; None where nobody chose. How it becomes bytes: `streams/records/call_frame.py`.
    """

    rules_version: str
    feeds: list[Feed]
    calls: list[FramedCall]
    heads: list[Head] = []
    left_out: int | None = None


class SeenSweep(Struct, frozen=True, tag="sweep"):
    """Triage's own timer: forget `seen` entries that are older than `before_ms` (epoch milliseconds UTC)."""

    before_ms: int
    v: int = 1


class WaitOver(Struct, frozen=True, tag="wait_over"):
    """Triage's own timer: waits for grants are over; which ones, the append time of this message says."""

    v: int = 1


CallMessage = CallFrame | GrantFrame | SeenSweep | WaitOver | Beat


class Outcome(StrEnum):
    """How the call itself went, as the question and the digest's lines show it."""

    OK = "ok"
    DENIED = "denied"
    FAILED = "failed"
    DRY_RUN = "dry run"
