"""Refusals: a record that an agent cannot take becomes a dead letter and a page, and the stream goes on."""

import hashlib

import msgspec

from streams.partitioner import partition_of
from streams.records.codec import to_wire
from streams.records.command import CommandFrame, Incident
from streams.records.dead_letter import DeadLetter
from streams.shell.message import Message, Send
from streams.topics import Topic

MAX_BODY_BYTES = 65_536
UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""Whatever decoding bytes of a foreign writer may raise."""


def refused(
    message: Message,
    stage: str,
    reason: str,
    trace: str,
    *,
    body: bytes,
    partitions: int,
    sensitive: list[str] | None = None,
    account: str = "-",
) -> list[Send]:
    """The dead letter of one record, with its traceback, and the incident that pages for it.

    The incident's id follows from the body, so that a redelivery is the same case.
    """
    position = f"{message.topic}:{message.partition}:{message.offset}"
    letter = DeadLetter(
        at_ms=message.timestamp_ms,
        stage=stage,
        reason=reason,
        detail=trace.strip().splitlines()[-1][:500] if trace else "",
        feed=stage,
        position=position,
        body=body[:MAX_BODY_BYTES],
        sensitive=sensitive or [],
        traceback=trace,
    )
    digest = hashlib.sha256(body).hexdigest()[:32]
    what = f"a record with {', '.join(sensitive)}" if sensitive else "a record"
    incident = Incident(
        incident_id=f"{stage} {reason} {digest}",
        kind=reason,
        urgency="high",
        account=account,
        summary=f"Countersign could not judge {what} ({stage}: {reason}); see `countersign dlq list`",
        details={"position": position, "detail": letter.detail},
    )
    key = f"incident/{stage}".encode()
    return [
        Send(Topic.DEAD_LETTERS, stage.encode(), to_wire(letter)),
        Send(Topic.COMMANDS, key, to_wire(CommandFrame([incident])), partition_of(key, partitions)),
    ]
