"""Asking: freezing a group into a question, and what came of sending it."""

import msgspec

from agents.decisions.case.draft import Draft
from agents.decisions.case.escalate import OPEN, escalate, update_messages
from agents.decisions.case.ids import FINGERPRINT_BYTES, digest_of
from agents.decisions.case.shelf import HOUR_MS, Shelf
from streams.records.case import CaseState, EffectKind, PromptState, SlackMessage
from streams.records.command import Delivered, EffectDone, EffectFailed
from streams.records.fact import FactKind


def ask(draft: Draft, shelf: Shelf) -> None:
    """Freeze the group and send its question; whoever cannot be asked becomes a page."""
    case, now_ms = draft.case, draft.now_ms
    draft.change(frozen_ms=now_ms, digest=digest_of(case.fingerprints), deadline_ms=None)
    if case.unaskable is not None or case.asked is None:
        escalate(draft, shelf, case.unaskable or "unattributed")
        return
    if shelf.prompts_since(case.asked.person, now_ms - HOUR_MS) >= case.limits.prompts_per_person_hour:
        fold_into = None if case.guard else f"person/{case.asked.person}"  # what guards the guard pages alone
        escalate(draft, shelf, "prompt_ceiling", must_fold=fold_into)
        return
    count = len(case.fingerprints) // FINGERPRINT_BYTES
    not_after_ms = now_ms + case.timing.delivery_timeout_ms
    draft.change(prompt=PromptState(now_ms, not_after_ms))
    if case.observe:
        draft.end(CaseState.REPORTED)
        draft.fact(FactKind.REPORTED, why="observe", would="ask", person=case.asked.person, count=count)
        return
    draft.change(state=CaseState.PROMPTING, deadline_ms=not_after_ms)
    draft.intend(EffectKind.PROMPT, 1, not_after_ms)
    draft.fact(FactKind.ASKED, person=case.asked.person, digest=draft.case.digest, count=count)


def delivered(draft: Draft, command: Delivered) -> None:
    """Slack has the question: the answer's deadline runs from here, unless the case has moved on."""
    known = draft.case.prompt
    if known is None:
        return
    message = SlackMessage(command.channel, command.ts)
    fresh = message not in known.messages
    draft.settle(EffectKind.PROMPT)
    if fresh:
        draft.change(prompt=msgspec.structs.replace(known, messages=[*known.messages, message]))
        draft.fact(FactKind.DELIVERED, channel=command.channel, ts=command.ts)
    if draft.case.state is CaseState.PROMPTING:
        wait_for_answer(draft)
    elif fresh and draft.case.state not in OPEN:
        update_messages(draft)


def wait_for_answer(draft: Draft) -> None:
    """Start the clock of the answer."""
    case = draft.case
    assert case.prompt is not None
    draft.settle(EffectKind.PROMPT)
    draft.change(
        state=CaseState.WAITING,
        prompt=msgspec.structs.replace(case.prompt, delivered_ms=draft.now_ms),
        deadline_ms=draft.now_ms + case.timing.prompt_timeout_ms,
    )


def prompt_failed(draft: Draft, shelf: Shelf, command: EffectFailed) -> None:
    """The question could not be sent: at once a page where that is final, else at the delivery deadline."""
    if not draft.pending(EffectKind.PROMPT) or draft.case.state is not CaseState.PROMPTING:
        return
    draft.fact(FactKind.PROMPT_FAILED, reason=command.reason, final=command.final)
    if command.final or command.reason == "expired":
        escalate(draft, shelf, "unreachable", detail=command.reason)


def remind(draft: Draft) -> None:
    """Remind the person once, in the question's thread."""
    case = draft.case
    if case.state is not CaseState.WAITING or case.prompt is None or case.prompt.reminded:
        return
    draft.change(prompt=msgspec.structs.replace(case.prompt, reminded=True))
    if case.prompt.messages:
        draft.intend(EffectKind.REMIND, 1, case.deadline_ms)
    draft.fact(FactKind.REMINDED)


def slack_done(draft: Draft, command: EffectDone) -> None:
    """A rewrite or a reminder reached Slack."""
    if not draft.pending(command.kind, command.attempt):
        return
    draft.settle(command.kind, attempt=command.attempt)
    draft.fact(FactKind.UPDATED, what=str(command.kind), attempt=command.attempt)


def slack_failed(draft: Draft, command: EffectFailed) -> None:
    """A rewrite or a reminder failed: recorded, and given up only where trying again is of no use."""
    if not draft.pending(command.kind, command.attempt):
        return
    if command.final or command.reason == "expired":
        draft.settle(command.kind, attempt=command.attempt)
        draft.fact(FactKind.UPDATE_FAILED, what=str(command.kind), reason=command.reason)
