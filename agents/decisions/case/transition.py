"""Transition: one command applied to one case."""

from typing import NamedTuple

from agents.decisions.case.answers import answered
from agents.decisions.case.challenge import push_answered, push_failed, push_started
from agents.decisions.case.draft import Draft
from agents.decisions.case.due import due
from agents.decisions.case.paging import page_accepted, page_failed
from agents.decisions.case.prompting import delivered, prompt_failed, slack_done, slack_failed
from agents.decisions.case.shelf import Shelf
from streams.records.case import Case, EffectKind, OutboxItem
from streams.records.command import (
    Answered,
    Delivered,
    Due,
    EffectDone,
    EffectFailed,
    PageAccepted,
    PushResult,
    PushStarted,
)
from streams.records.fact import Fact

CaseCommand = Answered | Delivered | Due | EffectDone | EffectFailed | PageAccepted | PushResult | PushStarted


class Step(NamedTuple):
    """What one command made of one case."""

    case: Case
    facts: list[Fact]
    effects: list[OutboxItem]


def transition(case: Case, command: CaseCommand, now_ms: int, shelf: Shelf, src: int) -> Step:
    """The case after a command at log time `now_ms`; `src` is the command's offset, `shelf` the other cases.

    Pure: the same arguments give the same step, whoever replays them and when.
    """
    draft = Draft(case, now_ms, src)
    apply(draft, command, shelf)
    return Step(draft.case if draft.changed else case, draft.facts, draft.fresh)


def apply(draft: Draft, command: CaseCommand, shelf: Shelf) -> None:
    """Apply a command to a draft."""
    match command:
        case Answered():
            answered(draft, shelf, command)
        case Due():
            due(draft, shelf, command)
        case Delivered():
            delivered(draft, command)
        case EffectDone():
            slack_done(draft, command)
        case EffectFailed():
            _effect_failed(draft, shelf, command)
        case PageAccepted():
            page_accepted(draft, command)
        case PushStarted():
            push_started(draft, command)
        case PushResult():
            push_answered(draft, shelf, command)


def _effect_failed(draft: Draft, shelf: Shelf, command: EffectFailed) -> None:
    match command.kind:
        case EffectKind.PROMPT:
            prompt_failed(draft, shelf, command)
        case EffectKind.PUSH:
            push_failed(draft, shelf, command)
        case EffectKind.PAGE:
            page_failed(draft, command)
        case EffectKind.UPDATE | EffectKind.REMIND:
            slack_failed(draft, command)
        case EffectKind.POLL | EffectKind.FOLD:
            pass  # polls end with their result or the deadline; a fold never leaves the partition
