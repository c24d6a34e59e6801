"""Reducing: one message of commands applied to the cases of its partition."""

import traceback
from typing import Any, NamedTuple

from agents.decisions.case.answers import unheard_no
from agents.decisions.case.challenge import take_turn
from agents.decisions.case.collect import fits
from agents.decisions.case.counting import count
from agents.decisions.case.draft import Draft
from agents.decisions.case.due import effect_name
from agents.decisions.case.emit import Effect, aggregate_page, effect_of
from agents.decisions.case.escalate import OPEN, escalate
from agents.decisions.case.fold import accept_page, close_page, fold, forgets, may_page, report_folded
from agents.decisions.case.ids import incident_case_id
from agents.decisions.case.opening import DAY_MS, group_key, open_case, open_incident
from agents.decisions.case.prompting import ask
from agents.decisions.case.shelf import Shelf
from agents.decisions.case.transition import apply
from streams.records.case import Case, EffectKind, Fold, OutboxItem
from streams.records.command import (
    Answered,
    CallCommand,
    CaseSweep,
    Command,
    Due,
    Incident,
    PageAccepted,
    PushResult,
)
from streams.records.fact import Fact, FactKind
from streams.records.timing import Limits
from streams.records.verdict import Action

REPLAYABLE = 64
"""How many messages back a replay may still owe facts, with room: the shell has 16 in flight."""
AGGREGATE = "aggregate"
"""The `effect` of a Due that concerns an aggregate."""


class Broken(NamedTuple):
    """A command that a decision could not take: a planned dead letter.

    `fault` is the name of the exception's type.
    """

    command: Command
    fault: str
    trace: str


class Reduction:
    """Applies the commands of the message at offset `src`, whose append time is `now_ms`.

    A case that knows this offset already is not changed again: what it still owes is emitted again. `limits` are
    for incidents: calls bring their own. Afterwards `facts`, `effects` and `broken` say what to send; the shelf
    holds the new states.
    """

    def __init__(
        self, shelf: Shelf, src: int, now_ms: int, *, limits: Limits | None = None, observe: bool = False
    ) -> None:
        self._shelf = shelf
        self._limits = limits or Limits()
        self._observe = observe
        self._src = src
        self._now_ms = now_ms
        self._drafts: dict[str, Draft] = {}
        self._active: dict[str, tuple[Any, ...] | None] = {}  # the command's drafts as they were before it
        self._replayed: dict[str, None] = {}
        self._again: list[tuple[str, OutboxItem]] = []
        self._aggregates: dict[str, None] = {}
        self.broken: list[Broken] = []

    def run(self, commands: list[Command]) -> None:
        """Apply all, in order; one that breaks is set aside and disturbs no other."""
        replay = self._src <= self._shelf.last_src
        if replay:
            self._replayed = dict.fromkeys(self._shelf.told_at(self._src))
        for command in commands:
            self._active = {}
            try:
                self._one(command)
            except Exception as error:  # noqa: BLE001 - whatever a decision raises is a planned dead letter (I14)
                self.broken.append(Broken(command, type(error).__name__, traceback.format_exc(limit=8)))
                self._forget()
            self._keep()
        if not replay:  # the timer does it then, by the state of that time
            self._take_turns()
        for draft in self._drafts.values():
            draft.tell_added()
        self._active = dict.fromkeys(self._drafts)
        self._keep()

    def facts(self) -> list[Fact]:
        """The facts of this message, of replayed cases as they were first told."""
        told = [fact for draft in self._drafts.values() for fact in draft.facts]
        for case_id in self._replayed:
            case = self._shelf.get(case_id)
            told += [fact for fact in case.facts if fact.src == self._src] if case else []
        return told

    def effects(self) -> list[Effect]:
        """What is newly intended, what a replay still owes, and what a timer asked for again."""
        wanted = [(case_id, item) for case_id, draft in self._drafts.items() for item in draft.fresh]
        for case_id in self._replayed:
            case = self._shelf.get(case_id)
            wanted += [(case_id, item) for item in case.outbox] if case else []
        made: list[Effect | None] = []
        for case_id, item in dict.fromkeys([*wanted, *self._again]):
            case = self._shelf.get(case_id)
            if case is not None and item in case.outbox:
                made.append(effect_of(case, item))
        for aggregate_id in self._aggregates:
            aggregate = self._shelf.aggregate(aggregate_id)
            made.append(aggregate_page(aggregate) if aggregate else None)
        return [effect for effect in made if effect is not None]

    def _one(self, command: Command) -> None:
        match command:
            case CallCommand():
                self._call(command)
            case Incident():
                self._incident(command)
            case CaseSweep():
                self._shelf.sweep(command.before_ms, self._src - REPLAYABLE)
            case Due(effect=name) if name is not None and ":" in name:
                self._emit_again(command.case_id, name)
            case Due(effect=name) if name == AGGREGATE:
                self._aggregate_due(command.case_id)
            case PageAccepted() if self._shelf.aggregate(command.subject) is not None:
                self._aggregate_paged(command)
            case PageAccepted():
                self._transition(command.subject, command)
            case _:
                self._transition(command.case_id, command)

    def _draft(self, case_id: str) -> Draft | None:
        """The draft of a case; None where there is no such case, or where this message was applied before."""
        draft = self._drafts.get(case_id)
        if draft is not None:
            self._active.setdefault(case_id, draft.snapshot())
            return draft
        case = self._shelf.get(case_id)
        if case is None:
            return None
        if case.src >= self._src:
            self._replayed[case_id] = None
            return None
        return self._begin(Draft(case, self._now_ms, self._src))

    def _begin(self, draft: Draft) -> Draft:
        self._active.setdefault(draft.case.case_id, None)
        return self._drafts.setdefault(draft.case.case_id, draft)

    def _transition(self, case_id: str, command: Command) -> None:
        draft = self._draft(case_id)
        if draft is not None:
            apply(draft, command, self._shelf)  # type: ignore[arg-type]  # the others were matched away in _one
        case = draft.case if draft is not None else self._shelf.get(case_id)
        heard = self._src <= self._shelf.last_src  # its case may have been swept since
        if case is None and isinstance(command, Answered) and command.answer == "no" and not heard:
            self._incident(unheard_no(command))
        if isinstance(command, PushResult) and case is not None and self._brought_fraud(case):
            self._escalate_all_of(case)

    def _brought_fraud(self, case: Case) -> bool:
        """Whether this very message, maybe when it was read before, brought the fraud report of a case."""
        told = (fact for fact in case.facts if fact.src == self._src and fact.kind is FactKind.PUSH_ANSWERED)
        return any(fact.data.get("result") == "fraud" for fact in told)

    def _escalate_all_of(self, reported: Case) -> None:
        """A fraud report throws doubt on everything that person has open."""
        assert reported.asked is not None
        for case in list(self._shelf.open_of(reported.asked.person)):
            draft = self._draft(case.case_id)
            if draft is not None and case.case_id != reported.case_id and draft.case.state in OPEN:
                escalate(draft, self._shelf, "fraud", reported_with=reported.case_id)

    def _call(self, command: CallCommand) -> None:
        holder = self._shelf.holding(command.summary.fingerprint)
        if holder is not None:
            self._draft(holder)  # covered: either this very message again, or a copy that came another way
            return
        if command.decision.action is Action.ALERT:
            draft = self._open(command)
            draft.tell_added()
            escalate(draft, self._shelf, "alert")
            return
        collecting = self._shelf.collecting(group_key(command))
        found = self._draft(collecting.case_id) if collecting else None
        if found is not None and not fits(found.case, command.summary):
            ask(found, self._shelf)
            self._keep()
            found = None
        if found is None:
            self._open(command)
        else:
            found.add_call(command.summary)

    def _open(self, command: CallCommand) -> Draft:
        draft = open_case(command, self._shelf, self._now_ms, self._src)
        draft.add_call(command.summary)
        return self._begin(draft)

    def _incident(self, command: Incident) -> None:
        today = self._now_ms // DAY_MS
        for day in (today, today - 1):
            case_id = incident_case_id(command.incident_id, day)
            if self._shelf.get(case_id) is not None:
                told = self._draft(case_id)
                if told is not None:
                    count(told, command)
                return
        self._begin(
            open_incident(
                command, self._shelf, self._now_ms, self._src, limits=self._limits, observe=self._observe
            )
        )

    def _emit_again(self, case_id: str, name: str) -> None:
        case = self._shelf.get(case_id)
        item = next((item for item in case.outbox if effect_name(item) == name), None) if case else None
        if case is None or item is None:
            return
        if item.kind is EffectKind.FOLD and case.fold is not None:
            self._fold_due(case_id, case.fold)
        else:
            self._again.append((case_id, item))

    def _fold_due(self, case_id: str, held: Fold) -> None:
        draft = self._draft(case_id)
        aggregate = self._shelf.aggregate(held.aggregate_id)
        if draft is None:
            return
        if aggregate is None or forgets(aggregate, held):
            fold(draft, self._shelf, held.reason)
        else:
            report_folded(draft, aggregate)

    def _aggregate_due(self, aggregate_id: str) -> None:
        aggregate = self._shelf.aggregate(aggregate_id)
        if aggregate is None:
            return
        if may_page(aggregate, self._now_ms):
            self._shelf.put_aggregate(close_page(aggregate, self._now_ms, self._src))
        self._aggregates[aggregate_id] = None

    def _aggregate_paged(self, command: PageAccepted) -> None:
        aggregate = self._shelf.aggregate(command.subject)
        assert aggregate is not None
        accepted = accept_page(aggregate, command.attempt, self._src)
        if accepted is not aggregate:
            self._shelf.put_aggregate(accepted)
        for case in list(self._shelf.folded_into(command.subject)):
            draft = self._draft(case.case_id)
            if draft is not None:
                report_folded(draft, accepted)

    def _take_turns(self) -> None:
        """When a push has ended, the person's next waiting Yes gets its turn."""
        persons = {draft.case.asked.person for draft in self._drafts.values() if draft.case.asked}
        for person in sorted(persons):
            waiting = self._shelf.queued_pushes(person)
            if waiting and self._shelf.live_push(person, self._now_ms) is None:
                draft = self._draft(waiting[0].case_id)
                if draft is not None:
                    take_turn(draft, self._shelf)

    def _keep(self) -> None:
        """Show the new states to the next command; a fold may have put an aggregate's page on its way."""
        for draft in (self._drafts[case_id] for case_id in self._active):
            if draft.changed and self._shelf.get(draft.case.case_id) is not draft.case:
                self._shelf.put(draft.case)
            held = draft.case.fold
            aggregate = self._shelf.aggregate(held.aggregate_id) if held else None
            if held is not None and aggregate is not None and held.page == aggregate.sent_page:
                self._aggregates[aggregate.aggregate_id] = None

    def _forget(self) -> None:
        """Undo what a command that broke had begun."""
        for case_id, snapshot in self._active.items():
            if snapshot is None:
                begun = self._drafts.pop(case_id)
                shown = self._shelf.get(case_id)
                if shown is not None and shown is not begun.before:
                    self._shelf.put(begun.before)
            else:
                self._drafts[case_id].restore(snapshot)
                self._shelf.put(self._drafts[case_id].case)
        self._active = {}
