"""Replayed: the commands, folded anew from the log's beginning, give the states of the table (I6)."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import msgspec

from agents.decisions.audit.finding import Finding, of_case
from agents.decisions.audit.journal import At, Commanded, Journal
from agents.decisions.audit.terms import EmptyShelf, Folding, Terms
from agents.decisions.case.reduce import Reduction
from streams.records.case import Case, CaseKind
from streams.records.command import Command
from streams.records.fact import FactKind
from streams.topics import Topic


def replay_gives_the_same(journal: Journal, terms: Terms) -> list[Finding]:
    """I6: each case stands in the table as the fold of its partition's commands leaves it.

    A partition whose first commands retention has removed is left out. What is not acknowledged yet may be in the
    table or not: a state is compared with the fold's after the very message that the table's is from. Where an
    owner left amid a message that changes several keys, the fold ends: whether all of them were kept, nothing
    tells, and the next owner goes on from what was.
    """
    if terms.folding is None:
        return []
    folds = {
        partition: _Fold(journal, terms.folding, partition)
        for partition, first in journal.commands_from.items()
        if first == 0
    }
    for at, commands in _messages(journal.commands):
        if at.partition in folds:
            folds[at.partition].apply(at, [one.command for one in commands])
    return [one for fold in folds.values() for one in fold.findings()]


def nothing_to_replay(journal: Journal, terms: Terms) -> str | None:
    """What is missing for this check, None where there is something to judge."""
    if terms.folding is None:
        return "the limits that a configuration gives are not known"
    if 0 not in journal.commands_from.values():
        return "the first commands are not on the log any more"
    return None


def _messages(commands: Sequence[Commanded]) -> Iterator[tuple[At, list[Commanded]]]:
    for at, several in groupby(commands, key=lambda one: one.at):
        yield at, list(several)


class _Fold:
    """One partition."""

    def __init__(self, journal: Journal, folding: Folding, partition: int) -> None:
        self._folding = folding
        self._shelf: EmptyShelf = folding.shelf(partition, len(journal.commands_from))
        self._acknowledged = journal.committed.get((Topic.COMMANDS, partition), 0)
        self._table = {case_id: case for case_id, case in journal.last().items() if case.partition == partition}
        self._opened = _incidents(journal, self._table)
        self._torn = journal.torn.get(partition, frozenset())
        self._counted = {
            (one.aggregate_id, one.src): one for one in journal.aggregates if one.partition == partition
        }
        self._until: int | None = None
        self._agrees: set[str] = set()
        self._differs: dict[str, str] = {}
        self._newest: dict[str, int] = {}

    def apply(self, at: At, commands: list[Command]) -> None:
        """One message more."""
        if self._until is not None:
            return
        own = self._opened.get(at.offset)
        limits, observe = (own.limits, own.observe) if own else (self._folding.limits, self._folding.observe)
        Reduction(self._shelf, at.offset, at.at_ms, limits=limits, observe=observe).run(commands)
        if self._torn and self._may_be_torn(at.offset):
            self._until = at.offset
            return
        for case_id, case in self._shelf.dirty.items():
            if at.offset < self._acknowledged:
                self._newest[case_id] = at.offset
            stands = self._table.get(case_id)
            if stands is not None and stands.src == at.offset:
                self._compare(stands, case)
        self._shelf.written()

    def _may_be_torn(self, offset: int) -> bool:
        """Whether a part of what a message wrote may be lost: of the cases, or the counters, which lie apart."""
        aggregates = self._shelf.dirty_aggregates
        if offset in self._torn and len(self._shelf.dirty) + len(aggregates) > 1:
            return True
        counted = self._counted
        return any(not _same(counted.get((one.aggregate_id, offset)), one) for one in aggregates.values())

    def findings(self) -> Iterator[Finding]:
        """What differs at the end."""
        for case_id, stands in self._table.items():
            if self._until is not None and stands.src >= self._until:
                continue
            if case_id in self._differs:
                yield of_case(case_id, f"stands otherwise than a replay leaves it: {self._differs[case_id]}")
            elif stands.src < self._newest.get(case_id, -1):
                yield of_case(case_id, f"stands as offset {stands.src} left it, a replay changes it later")
            elif case_id not in self._agrees:
                yield of_case(case_id, f"was changed by offset {stands.src}, and a replay does not do that")
        for case_id in self._shelf.cases if self._until is None else ():
            if case_id in self._newest and case_id not in self._table:
                yield of_case(case_id, "comes of a replay, and the table does not have it")

    def _compare(self, stands: Case, folded: Case) -> None:
        if _same(stands, folded):
            self._agrees.add(stands.case_id)
            return
        pairs = {name: (getattr(stands, name), getattr(folded, name)) for name in Case.__struct_fields__}
        parts = [f"{name} ({_brief(a)}, not {_brief(b)})" for name, (a, b) in pairs.items() if not _same(a, b)]
        self._differs[stands.case_id] = ", ".join(parts)


def _brief(value: object) -> str:
    """A plain value as it is, of anything else only that it differs."""
    return str(value) if isinstance(value, str | int | None) else "so"


def _same(one: object, other: object) -> bool:
    """By their bytes: what was read from the log has lists where a decision made tuples."""
    return msgspec.msgpack.encode(one) == msgspec.msgpack.encode(other)


def _incidents(journal: Journal, table: Mapping[str, Case]) -> dict[int, Case]:
    """The incidents by the offset that opened them: they say with which limits."""
    return {
        fact.src: table[fact.case_id]
        for fact in journal.facts
        if fact.kind is FactKind.OPENED and fact.case_id in table and table[fact.case_id].kind is CaseKind.INCIDENT
    }
