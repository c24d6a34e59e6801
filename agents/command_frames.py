"""Command frames: what triage sends to cases, in as few messages as hold it."""

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from msgspec import Raw, Struct

from streams.partitioner import batches
from streams.records.beat import Beat
from streams.records.codec import from_wire, to_wire
from streams.records.command import CallCommand, CommandFrame
from streams.shell.message import Send
from streams.topics import Topic

MAX_COMMANDS = 500
MAX_BYTES = 512_000
"""Keeps every message below Kafka's default of 1 MB."""


class _Commands(Struct, frozen=True):
    """A command frame whose commands stay the bytes that they are."""

    commands: list[Raw]
    v: int = 1
    beat: Beat | None = None


def framed(commands: Iterable[CallCommand], partitions: int) -> list[Send]:
    """Command frames, one partition each, in the order of the calls."""
    return [
        Send(Topic.COMMANDS, key, to_wire(CommandFrame([*batch])), partition)
        for partition, key, batch in batches(commands, attrgetter("actor_key"), partitions, MAX_COMMANDS)
    ]


def joined(sends: Sequence[Send]) -> list[Send]:
    """The same sends, but for command frames of one partition: these become one, where the first of them stood.

    Invariant: each partition has the same commands in the same order. A beat stays a message of its own, and
    nothing passes it.
    """
    found: list[list[Send]] = []
    frames: dict[int | None, list[Send]] = {}
    for send in sends:
        if send.topic != Topic.COMMANDS:
            found.append([send])
        elif send.partition in frames:
            frames[send.partition].append(send)
        else:
            frames[send.partition] = [send]
            found.append(frames[send.partition])
    return [send for group in found for send in (_merged(group) if len(group) > 1 else group)]


def _merged(frames: Sequence[Send]) -> Iterator[Send]:
    """Those of one partition, with what follows each other in as few as may be."""
    first, batch, size = frames[0], list[Raw](), 0
    for send in frames:
        value = send.value or b""
        frame = from_wire(_Commands, value)
        full = len(batch) + len(frame.commands) > MAX_COMMANDS or size + len(value) > MAX_BYTES
        if batch and (full or frame.beat is not None):
            yield first._replace(value=to_wire(_Commands(batch)))
            batch, size = [], 0
        if frame.beat is not None:
            yield send
            continue
        first = first if batch else send
        batch += frame.commands
        size += len(value)
    if batch:
        yield first._replace(value=to_wire(_Commands(batch)))
