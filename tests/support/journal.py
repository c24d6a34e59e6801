"""Journal: everything a run left behind, decoded: what lies on the topics, and what the stand-ins were asked."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec

from agents.standins.exchange import Exchange
from streams.records.actor import Asked
from streams.records.aggregate import Aggregate
from streams.records.call import CallFrame, CallMessage, FramedCall
from streams.records.case import ENDS, Case
from streams.records.codec import from_entry, from_wire
from streams.records.command import Command, CommandFrame
from streams.records.dead_letter import DeadLetter
from streams.records.effect import Page, Poll, Prompt, Push, Remind, Update
from streams.records.fact import Fact
from streams.records.fingerprint import fingerprint
from streams.records.verdict import Verdict, VerdictFrame
from streams.topics import APP_ID, Topic, changelog

T = TypeVar("T")
AnyEffect = Prompt | Update | Remind | Push | Poll | Page
READ = 500


class Stored(Protocol):
    """One message of a log."""

    partition: int
    offset: int
    timestamp_ms: int
    value: bytes | None


class Log(Protocol):
    """What is read of a log: `streams.embedded.reader.LogReader`, or a log made by hand."""

    def topics(self) -> list[str]: ...
    def partitions(self, topic: str) -> int: ...
    def begin_offset(self, topic: str, partition: int) -> int: ...
    def end_offset(self, topic: str, partition: int) -> int: ...
    def read(self, topic: str, partition: int, offset: int, limit: int) -> Iterable[Any]: ...
    def committed(self, group: str, topic: str, partition: int) -> int: ...


class At(NamedTuple):
    """Where a message lies, and when it was appended (epoch milliseconds UTC)."""

    partition: int
    offset: int
    at_ms: int


class Called(NamedTuple):
    """One accepted call; `mark` is None where its record cannot be read."""

    at: At
    call: FramedCall
    mark: bytes | None


class Commanded(NamedTuple):
    at: At
    command: Command


class Journal(NamedTuple):
    """A run. `cases` holds every state of every case in the order it was written, per partition.

    `committed` says which offset of (topic, partition) the agents read next.
    """

    calls: list[Called] = []
    verdicts: list[Verdict] = []
    commands: list[Commanded] = []
    facts: list[Fact] = []
    effects: list[AnyEffect] = []
    dead_letters: list[DeadLetter] = []
    cases: list[Case] = []
    aggregates: list[Aggregate] = []
    committed: dict[tuple[str, int], int] = {}
    exchanges: list[Exchange] = []

    def last(self) -> dict[str, Case]:
        """The last state of every case."""
        return {case.case_id: case for case in self.cases}

    def facts_of(self) -> dict[str, list[Fact]]:
        """The facts of every case, by seq; a fact that was told twice stands twice."""
        found: dict[str, list[Fact]] = {case.case_id: [] for case in self.cases}
        for fact in self.facts:
            found.setdefault(fact.case_id, []).append(fact)
        return {case_id: sorted(facts, key=lambda fact: fact.seq) for case_id, facts in found.items()}

    def of(self, kind: type[T]) -> list[T]:
        """The effects of a kind."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def open_cases(self) -> set[str]:
        """The cases that have not come to an end."""
        return {case_id for case_id, case in self.last().items() if case.state not in ENDS}


def read_journal(log: Log, exchanges: Iterable[Exchange] = ()) -> Journal:
    """Read a log to its end."""
    return Journal(
        calls=[
            Called(at, call, mark_of(call))
            for at, value in _messages(log, Topic.CALLS)
            for call in _calls_in(value)
        ],
        verdicts=[
            verdict
            for _, value in _messages(log, Topic.VERDICTS)
            for verdict in from_wire(VerdictFrame, value).verdicts
        ],
        commands=[
            Commanded(at, command)
            for at, value in _messages(log, Topic.COMMANDS)
            for command in from_wire(CommandFrame, value).commands
        ],
        facts=[from_wire(Fact, value) for _, value in _messages(log, Topic.CASE_LOG)],
        effects=[
            from_wire(kind, value)  # type: ignore[arg-type]  # a union is a type to msgspec
            for topic, kind in (
                (Topic.EFFECTS_PAGE, Page),
                (Topic.EFFECTS_SLACK, Prompt | Update | Remind),
                (Topic.EFFECTS_DUO, Push | Poll),
            )
            for _, value in _messages(log, topic)
        ],
        dead_letters=[from_wire(DeadLetter, value) for _, value in _messages(log, Topic.DEAD_LETTERS)],
        cases=[from_entry(Case, value) for _, value in _messages(log, changelog("cases"))],
        aggregates=[from_entry(Aggregate, value) for _, value in _messages(log, changelog("counters"))],
        committed={
            (str(topic), partition): log.committed(APP_ID, topic, partition)
            for topic in (Topic.CALLS, Topic.COMMANDS)
            if topic in log.topics()
            for partition in range(log.partitions(topic))
        },
        exchanges=list(exchanges),
    )


def read_exchanges(paths: Iterable[Path]) -> list[Exchange]:
    """What the stand-ins recorded, one exchange a line, in the order it was answered."""
    lines = [line for path in paths for line in path.read_bytes().splitlines()]
    return sorted((msgspec.json.decode(line, type=Exchange) for line in lines), key=lambda one: one.answered_ms)


def _calls_in(value: bytes) -> list[FramedCall]:
    """The calls of a frame; a frame that cannot be read counts as one call, which cannot be read either."""
    try:
        frame: CallMessage = from_wire(CallMessage, value)  # type: ignore[arg-type]  # mypy: a union is no type
    except msgspec.DecodeError:
        return [FramedCall(0, "", 0, None, msgspec.Raw(value))]
    return frame.calls if isinstance(frame, CallFrame) else []


def mark_of(call: FramedCall) -> bytes | None:
    """The fingerprint of a call, None where its record cannot be read."""
    try:
        return fingerprint(msgspec.json.decode(call.record, type=dict[str, Any]))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def asked_of(case: Case) -> Asked | None:
    """Whom the case may ask: nobody where something stands against it."""
    return None if case.unaskable else case.asked


def _messages(log: Log, topic: str) -> Iterator[tuple[At, bytes]]:
    """The messages of a topic, partition by partition; tombstones are passed over."""
    for partition in range(log.partitions(topic)) if topic in log.topics() else ():
        offset, end = log.begin_offset(topic, partition), log.end_offset(topic, partition)
        while offset < end:
            messages = list(log.read(topic, partition, offset, READ))
            if not messages:
                break
            for message in messages:
                if message.value is not None:
                    yield At(partition, message.offset, message.timestamp_ms), message.value
            offset = messages[-1].offset + 1
