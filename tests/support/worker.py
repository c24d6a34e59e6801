"""A worker of one partition over changelogs that remember every write: a crash can lose any tail of them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from agents.cases import Cases
from agents.decisions.case.emit import Effect
from streams.records.case import Case
from streams.records.codec import from_wire, to_wire
from streams.records.command import Command, CommandFrame
from streams.records.effect import Page, Poll, Prompt, Push, Remind, Update
from streams.records.fact import Fact
from streams.records.timing import Limits
from streams.shell.message import Message, Send
from streams.topics import Topic
from tables.backing import Assigned, Revoked
from tables.case_shelf import CaseShelf
from tables.cases import CasesTable


class Write(NamedTuple):
    """One key of a changelog, written by the message at `src`; a value of None removes."""

    src: int
    key: bytes
    value: bytes | None


class Changelog:
    """A table's backing: its entries are what its writes leave."""

    def __init__(self, writes: Iterable[Write] = ()) -> None:
        self.writes = list(writes)
        self.src = -1
        self._assigned: list[Assigned] = []

    def put(self, key: bytes, value: bytes) -> None:
        self.writes.append(Write(self.src, key, value))

    def remove(self, key: bytes) -> None:
        self.writes.append(Write(self.src, key, None))

    def on_assigned(self, callback: Assigned) -> None:
        self._assigned.append(callback)

    def on_revoked(self, callback: Revoked) -> None:
        """Nothing is ever taken away from this worker."""

    def entries(self, partition: int = 0) -> Mapping[bytes, bytes]:
        last = {write.key: write.value for write in self.writes}
        return {key: value for key, value in last.items() if value is not None}

    def assign(self) -> None:
        for callback in self._assigned:
            callback(0, self.entries())


class Logged(NamedTuple):
    """One message of `commands`, as the log holds it."""

    offset: int
    now_ms: int
    key: bytes
    commands: list[Command]


class Output(NamedTuple):
    """What the handling of one message sent."""

    facts: list[Fact]
    effects: list[Effect]
    others: list[Send]


class Worker:
    """The cases agent, and the changelogs that survive it."""

    def __init__(
        self, cases: Iterable[Write] = (), counters: Iterable[Write] = (), limits: Limits | None = None
    ) -> None:
        self.cases = Changelog(cases)
        self.counters = Changelog(counters)
        self._table = CasesTable(self.cases, self.counters, 1)
        self.agent = Cases(self._table, limits=limits or Limits())
        self.cases.assign()
        self.counters.assign()

    @property
    def shelf(self) -> CaseShelf:
        return self._table.shelf(0)

    def case(self, case_id: str) -> Case:
        return self.shelf.cases[case_id]

    def handle(self, logged: Logged) -> Output:
        """Handle one message as the shell would, maybe not for the first time."""
        self.cases.src = self.counters.src = logged.offset
        value = to_wire(CommandFrame(logged.commands))
        sends = self.agent.handle(Message(Topic.COMMANDS, 0, logged.offset, logged.now_ms, logged.key, value))
        output = Output([], [], [])
        for send in sends:
            effect = effect_in(send)
            if effect is not None:
                output.effects.append(effect)
            elif send.topic == Topic.CASE_LOG and send.value is not None:
                output.facts.append(from_wire(Fact, send.value))
            else:
                output.others.append(send)
        return output


def effect_in(send: Send) -> Effect | None:
    """The effect that a send carries, if any."""
    if send.value is None or not send.topic.startswith("effects-"):
        return None
    kind = Page if send.topic == Topic.EFFECTS_PAGE else Prompt | Update | Remind | Push | Poll
    effect: Effect = from_wire(kind, send.value)  # type: ignore[arg-type]  # a tagged union is a type to msgspec
    return effect
