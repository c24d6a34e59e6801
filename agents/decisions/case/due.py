"""Due: what lies ahead of a case, and what happens when its time has come."""

from typing import NamedTuple

from agents.decisions.case.challenge import push_lapsed, take_turn
from agents.decisions.case.counting import COUNT, tell, telling_ms
from agents.decisions.case.draft import Draft
from agents.decisions.case.escalate import escalate
from agents.decisions.case.prompting import ask, remind
from agents.decisions.case.shelf import Shelf
from streams.records.case import CaseState, EffectKind, OutboxItem
from streams.records.case_head import AnyCase, OutboxHead
from streams.records.command import Due

AGAIN_AFTER_MS = 5_000
REMIND = "remind"
TURN = "turn"


class Wake(NamedTuple):
    """Something to look at no earlier than `at_ms`; `what` is a Due's `effect`, None the case's own deadline."""

    at_ms: int
    what: str | None


def effect_name(item: OutboxItem | OutboxHead) -> str:
    """How a Due names an outbox item."""
    return f"{item.kind}:{item.attempt}"


def wakes(case: AnyCase) -> list[Wake]:
    """Everything that must be looked at again for a case in this state; derived, never stored."""
    found = []
    if case.deadline_ms is not None:
        found.append(Wake(case.deadline_ms, None))
    reminder_ms = _reminder_ms(case)
    if reminder_ms is not None:
        found.append(Wake(reminder_ms, REMIND))
    if case.state is CaseState.CHALLENGING and case.push is not None and case.push.queued_ms is not None:
        found.append(Wake(case.push.queued_ms + AGAIN_AFTER_MS, TURN))
    tell_ms = telling_ms(case)
    if tell_ms is not None:
        found.append(Wake(tell_ms, COUNT))
    if not case.outbox:
        return found
    # A push is never repeated under its id: it waits out its life instead.
    repeatable = [item for item in case.outbox if item.kind is not EffectKind.PUSH]
    return found + [Wake(item.since_ms + AGAIN_AFTER_MS, effect_name(item)) for item in repeatable]


def next_wake_ms(case: AnyCase) -> int | None:
    """When the first of its `wakes` is; a recovery asks for that of each of a million cases."""
    if case.outbox or case.incident is not None or case.state is CaseState.CHALLENGING:
        return min((wake.at_ms for wake in wakes(case)), default=None)
    reminder_ms = _reminder_ms(case)  # never later than the deadline
    return case.deadline_ms if reminder_ms is None else reminder_ms


def _reminder_ms(case: AnyCase) -> int | None:
    prompt = case.prompt
    if case.state is not CaseState.WAITING or prompt is None or prompt.reminded or prompt.delivered_ms is None:
        return None
    at_ms = prompt.delivered_ms + case.timing.reminder_after_ms
    return at_ms if case.deadline_ms is None or at_ms < case.deadline_ms else None


def due(draft: Draft, shelf: Shelf, command: Due) -> None:
    """Act on what is due by the log's clock; a timer that came early or late changes nothing by itself."""
    if command.effect == REMIND:
        reminder_ms = _reminder_ms(draft.case)
        if reminder_ms is not None and draft.now_ms >= reminder_ms:
            remind(draft)
    elif command.effect == TURN:
        take_turn(draft, shelf)
    elif command.effect == COUNT:
        tell(draft)
    elif command.effect is None and _passed(draft):
        _lapsed(draft, shelf)


def _passed(draft: Draft) -> bool:
    return draft.case.deadline_ms is not None and draft.now_ms >= draft.case.deadline_ms


def _lapsed(draft: Draft, shelf: Shelf) -> None:
    state = draft.case.state
    if state is CaseState.COLLECTING:
        ask(draft, shelf)
    elif state is CaseState.PROMPTING:
        escalate(draft, shelf, "unreachable", detail="not delivered in time")
    elif state is CaseState.WAITING:
        escalate(draft, shelf, "no_answer")
    elif state is CaseState.CHALLENGING:
        push_lapsed(draft, shelf)
