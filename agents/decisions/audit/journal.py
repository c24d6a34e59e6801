"""Journal: everything a run left behind, decoded: what lies on the topics, and what the vendors were asked."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeVar

from msgspec import Struct

from agents.decisions.audit.outside import Document, Leak, Process, Trouble
from agents.decisions.case.ids import FINGERPRINT_BYTES
from streams.records.aggregate import Aggregate
from streams.records.case import ENDS, Case
from streams.records.command import Command
from streams.records.dead_letter import DeadLetter
from streams.records.effect import Page, Poll, Prompt, Push, Remind, Update
from streams.records.fact import Fact
from streams.records.verdict import Action, End, Verdict

T = TypeVar("T")
AnyEffect = Prompt | Update | Remind | Push | Poll | Page


class At(NamedTuple):
    """Where a message lies, and when it was appended (epoch milliseconds UTC of the log's clock)."""

    partition: int
    offset: int
    at_ms: int


class Called(NamedTuple):
    """One accepted call.

    `mark` is its fingerprint, None where its record cannot be read; `event` names it by account and eventID, None
    where it has none; `body` is what `digest_of_body` makes of its bytes. `record` is kept for calls without a
    verdict only: whoever knows the rules can say whether there had to be one. `received_ms` is the bridge's stamp.
    """

    at: At
    mark: bytes | None
    event: str | None
    body: bytes
    received_ms: int = 0
    record: bytes | None = None


class Commanded(NamedTuple):
    """One command, and the place of the message that brought it."""

    at: At
    command: Command


class Judged(Struct, frozen=True):
    """What the checks need of a verdict; fields as in `Verdict`, without the record."""

    fingerprint: str
    action: Action
    end: End
    event_time_ms: int | None
    received_ms: int
    late: bool
    rules_version: str


class Exchanged(Protocol):
    """One call that a vendor's stand-in got; `done` says that the work was done, whatever the caller saw."""

    @property
    def service(self) -> str:
        """slack, duo or pagerduty."""

    @property
    def route(self) -> str:
        """The method or path that was called."""

    @property
    def sent(self) -> Mapping[str, Any]:
        """The decoded body."""

    @property
    def answer(self) -> Any:
        """What was answered."""

    @property
    def done(self) -> bool:
        """Whether the work was done."""

    @property
    def at_ms(self) -> int:
        """When it came, by the stand-in's clock (epoch milliseconds UTC)."""

    @property
    def answered_ms(self) -> int:
        """When it was answered, or dropped."""

    @property
    def fault(self) -> str | None:
        """What went wrong with it on purpose."""


class Journal(NamedTuple):
    """A run. `cases` holds every state of every case that the log still has, in the order it was written.

    `committed` says which offset of (topic, partition) the agents read next. `kept_from_ms` is where the past
    ends: of what was appended before, retention may have removed what followed from it. `commands_from` is the
    oldest offset of `commands` that is kept, by partition; empty where nobody looked. `torn` are, by partition,
    the offsets of commands that an owner of the tables wrote last: on Kafka a crash may have lost a part of that.
    `waits` says of the calls that waited for a grant until when (epoch milliseconds UTC).

    What lies outside of the log is there where somebody handed it over: `documents` is None where nobody knows
    them, and `leaks` where no message was searched for secrets.
    """

    calls: Sequence[Called] = ()
    verdicts: Sequence[Verdict | Judged] = ()
    commands: Sequence[Commanded] = ()
    facts: Sequence[Fact] = ()
    effects: Sequence[AnyEffect] = ()
    dead_letters: Sequence[DeadLetter] = ()
    cases: Sequence[Case] = ()
    aggregates: Sequence[Aggregate] = ()
    committed: Mapping[tuple[str, int], int] = MappingProxyType({})
    exchanges: Sequence[Exchanged] = ()
    kept_from_ms: int = 0
    commands_from: Mapping[int, int] = MappingProxyType({})
    torn: Mapping[int, frozenset[int]] = MappingProxyType({})
    processes: Sequence[Process] = ()
    documents: Sequence[Document] | None = None
    troubles: Sequence[Trouble] = ()
    leaks: Sequence[Leak] | None = None
    waits: Mapping[bytes, int] = MappingProxyType({})

    def last(self) -> dict[str, Case]:
        """The last state of every case."""
        return {case.case_id: case for case in self.cases}

    def facts_of(self) -> dict[str, list[Fact]]:
        """The facts of every case, by seq; a fact that was told twice stands twice."""
        found: dict[str, list[Fact]] = {case.case_id: [] for case in self.cases}
        for fact in self.facts:
            found.setdefault(fact.case_id, []).append(fact)
        return {case_id: sorted(facts, key=lambda fact: fact.seq) for case_id, facts in found.items()}

    def facts_once(self) -> list[Fact]:
        """The facts without those that were told again."""
        return list({(fact.case_id, fact.seq): fact for fact in self.facts}.values())

    def of(self, kind: type[T]) -> list[T]:
        """The effects of a kind."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def open_cases(self) -> set[str]:
        """The cases that have not come to an end."""
        return {case_id for case_id, case in self.last().items() if case.state not in ENDS}


def fingerprints_of(case: Case) -> Iterator[bytes]:
    """The calls a case covers, 32 raw bytes each."""
    packed = case.fingerprints
    return (packed[at : at + FINGERPRINT_BYTES] for at in range(0, len(packed), FINGERPRINT_BYTES))
