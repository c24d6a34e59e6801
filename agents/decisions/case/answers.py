"""Answering: what a click on Yes or No means in each state of the case."""

import msgspec

from agents.decisions.case.challenge import challenge
from agents.decisions.case.draft import Draft
from agents.decisions.case.escalate import escalate, page, update_messages
from agents.decisions.case.prompting import wait_for_answer
from agents.decisions.case.shelf import Shelf
from streams.records.case import CaseState, PromptState, SlackMessage
from streams.records.command import Answered, Incident
from streams.records.fact import FactKind

MAX_REFUSALS = 20
"""Clicks that are refused are recorded up to here; more of them say nothing new."""


def answered(draft: Draft, shelf: Shelf, command: Answered) -> None:
    """Judge one click: only the person asked, only for the digest shown; a Yes alone closes nothing."""
    refusal = _refusal(draft, command)
    if refusal is not None:
        if sum(fact.kind is FactKind.ANSWER_REFUSED for fact in draft.case.facts) < MAX_REFUSALS:
            draft.fact(FactKind.ANSWER_REFUSED, why=refusal, user=command.user_id, answer=command.answer)
        return
    _learn_message(draft, command)
    if command.answer == "no":
        _no(draft, shelf, command)
    else:
        _yes(draft, shelf, command)


def _refusal(draft: Draft, command: Answered) -> str | None:
    case = draft.case
    if case.prompt is None or case.digest is None or case.asked is None:
        return "no question is out"
    if command.user_id != case.asked.slack:
        return "not the person asked"
    if command.digest != case.digest:
        return "another question's digest"
    if command.answer not in {"yes", "no"}:
        return "no answer"
    return None


def _learn_message(draft: Draft, command: Answered) -> None:
    """A click implies delivered: it tells where the message stands even when that fact was overtaken or lost."""
    prompt = draft.case.prompt
    message = SlackMessage(command.channel, command.message_ts)
    if prompt is not None and command.message_ts and message not in prompt.messages:
        draft.change(prompt=msgspec.structs.replace(prompt, messages=[*prompt.messages, message]))
    if draft.case.state is CaseState.PROMPTING:
        draft.fact(FactKind.DELIVERED, channel=command.channel, ts=command.message_ts, by="click")
        wait_for_answer(draft)


def _note(draft: Draft, command: Answered) -> PromptState:
    prompt = draft.case.prompt
    assert prompt is not None
    return msgspec.structs.replace(
        prompt, answer=command.answer, answered_ms=draft.now_ms, answered_by=command.user_id
    )


def _no(draft: Draft, shelf: Shelf, command: Answered) -> None:
    state = draft.case.state
    if state in {CaseState.WAITING, CaseState.CHALLENGING}:
        draft.change(prompt=_note(draft, command))
        draft.fact(FactKind.ANSWERED, answer="no", user=command.user_id)
        escalate(draft, shelf, "denied")
    elif state is CaseState.VERIFIED and draft.case.reason != "contradiction":
        draft.change(reason="contradiction")
        draft.fact(FactKind.CONTRADICTED, user=command.user_id)
        page(draft, "contradiction")
        update_messages(draft)
    else:
        _late(draft, command)


def _yes(draft: Draft, shelf: Shelf, command: Answered) -> None:
    case = draft.case
    if case.state is CaseState.WAITING:
        if case.deadline_ms is not None and draft.now_ms > case.deadline_ms:
            escalate(draft, shelf, "no_answer")
            _late(draft, command)
            return
        draft.change(prompt=_note(draft, command))
        draft.fact(FactKind.ANSWERED, answer="yes", user=command.user_id)
        challenge(draft, shelf)
    elif case.state not in {CaseState.CHALLENGING, CaseState.VERIFIED}:
        _late(draft, command)


def _late(draft: Draft, command: Answered) -> None:
    """An answer after the escalation is recorded and shown; it never closes the page."""
    said = {fact.data.get("answer") for fact in draft.case.facts if fact.kind is FactKind.LATE_ANSWER}
    if command.answer not in said:
        draft.fact(FactKind.LATE_ANSWER, answer=command.answer, user=command.user_id)
        update_messages(draft)


def unheard_no(command: Answered) -> Incident:
    """A No to a question whose case is forgotten: somebody has to look, for nothing else tells of it any more."""
    details = {"asked_in": command.case_id, "slack_user": command.user_id, "slack_message": command.message_ts}
    summary = f"A No to a question that is no longer kept (case {command.case_id[:8]})"
    return Incident(f"unheard-no-{command.case_id}", "unheard_no", "high", "", summary, details)
