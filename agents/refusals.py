"""Refusals: records that an agent cannot take become dead letters and a page, and the stream goes on."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from streams.partitioner import partition_of
from streams.records.codec import to_wire
from streams.records.command import CommandFrame, Incident
from streams.records.dead_letter import DeadLetter
from streams.shell.message import Message, Send
from streams.topics import Topic

MAX_BODY_BYTES = 65_536
MAX_NAMES = 20
HOUR_MS = 3_600_000
DECISION_FAILED = "decision_failed"
UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""Whatever decoding bytes of a foreign writer may raise."""


class Refusal(NamedTuple):
    """One record that could not be taken, and why.

    `fault` is the name of the exception's type, which no record can choose. `names` are the calls of notify and
    alert rules that the record names, `guarded` those of guard rules. `pages` is off where a page is the trouble.
    """

    reason: str
    fault: str
    trace: str
    body: bytes
    names: Sequence[str] = ()
    guarded: Sequence[str] = ()
    pages: bool = True


def refused(message: Message, stage: str, refusals: Sequence[Refusal], *, partitions: int) -> list[Send]:
    """A dead letter for each record of a message, with its traceback, and the incidents that page for them.

    A flood pages once for each agent, fault and hour, and counts; what names a guarded call pages once for that
    call. The ids follow from the log alone, so that a message that is read again is the same incidents.
    """
    letters = [Send(Topic.DEAD_LETTERS, stage.encode(), to_wire(_letter(message, stage, one))) for one in refusals]
    incidents = _incidents(message, stage, [one for one in refusals if one.pages])
    if not incidents:
        return letters
    key = f"incident/{stage}".encode()
    return [
        *letters,
        Send(Topic.COMMANDS, key, to_wire(CommandFrame([*incidents])), partition_of(key, partitions)),
    ]


def _letter(message: Message, stage: str, refusal: Refusal) -> DeadLetter:
    return DeadLetter(
        at_ms=message.timestamp_ms,
        stage=stage,
        reason=refusal.reason,
        detail=_last_line(refusal.trace),
        feed=stage,
        position=f"{message.topic}:{message.partition}:{message.offset}",
        body=refusal.body[:MAX_BODY_BYTES],
        sensitive=list(refusal.names),
        traceback=refusal.trace,
    )


def _incidents(message: Message, stage: str, refusals: Sequence[Refusal]) -> list[Incident]:
    alike: dict[tuple[str, str, str], list[Refusal]] = {}
    for refusal in refusals:
        for about in refusal.guarded or (["sensitive"] if refusal.names else ["other"]):
            alike.setdefault((refusal.reason, refusal.fault, about), []).append(refusal)
    return [_incident(message, stage, about, found) for (_, _, about), found in alike.items()]


def _incident(message: Message, stage: str, about: str, found: Sequence[Refusal]) -> Incident:
    first = found[0]
    guarded = about in first.guarded
    names = [about] if guarded else sorted({name for one in found for name in one.names})
    what = f"a record with {names[0]}" if names else "a record"
    place = f"{message.topic}:{message.partition}"
    return Incident(
        incident_id=f"{stage} {first.reason} {first.fault} {about} {message.timestamp_ms // HOUR_MS}",
        kind=first.reason,
        urgency="high",
        account="-",
        summary=f"Countersign could not judge {what} ({stage}: {first.reason}); see `countersign dlq list`",
        details={"position": f"{place}:{message.offset}", "detail": _last_line(first.trace)},
        guard=guarded,  # one for each guarded call, fault and hour, so no ceiling makes it wait (I21)
        count=len(found),
        names=names[:MAX_NAMES],
        place=place,
        offset=message.offset,
    )


def _last_line(trace: str) -> str:
    return trace.strip().splitlines()[-1][:500] if trace.strip() else ""
