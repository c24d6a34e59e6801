"""Challenging: the Duo push that must countersign a Yes."""

import msgspec

from agents.decisions.case.draft import Draft
from agents.decisions.case.escalate import escalate, update_messages
from agents.decisions.case.shelf import Shelf
from streams.records.case import CaseState, EffectKind, PushState
from streams.records.command import EffectFailed, PushResult, PushStarted
from streams.records.fact import FactKind

START_WITHIN_MS = 10_000
"""A push may start only this long after it was emitted; an older one might be a second live push."""
MAX_ATTEMPTS = 2


def challenge(draft: Draft, shelf: Shelf) -> None:
    """Start the push, or let the Yes wait its turn inside its own deadline: one live push per person."""
    case = draft.case
    assert case.asked is not None
    draft.settle(EffectKind.REMIND)
    live = shelf.live_push(case.asked.person, draft.now_ms)
    if live is not None and live != case.case_id:
        push = PushState(yes_ms=draft.now_ms, queued_ms=draft.now_ms)
        draft.change(state=CaseState.CHALLENGING, push=push)
        draft.fact(FactKind.PUSH_WAITS, behind=live)
        return
    draft.change(state=CaseState.CHALLENGING, push=PushState(yes_ms=draft.now_ms))
    start_push(draft)


def start_push(draft: Draft) -> None:
    """Emit the next attempt; its deadline replaces the question's."""
    case = draft.case
    assert case.push is not None
    attempt = case.push.attempt + 1
    not_after_ms = draft.now_ms + min(START_WITHIN_MS, case.timing.push_timeout_ms)
    push = msgspec.structs.replace(case.push, attempt=attempt, not_after_ms=not_after_ms, queued_ms=None)
    draft.settle(EffectKind.PUSH, EffectKind.POLL)
    draft.change(push=push, deadline_ms=not_after_ms + case.timing.push_life_ms())
    draft.intend(EffectKind.PUSH, attempt, not_after_ms)
    draft.fact(FactKind.PUSH_ASKED, attempt=attempt)


def take_turn(draft: Draft, shelf: Shelf) -> None:
    """Start a waiting push when no other of the person is under way."""
    case = draft.case
    if case.state is not CaseState.CHALLENGING or case.push is None or case.push.queued_ms is None:
        return
    if case.deadline_ms is not None and draft.now_ms > case.deadline_ms:
        return
    assert case.asked is not None
    if shelf.live_push(case.asked.person, draft.now_ms) is None:
        start_push(draft)


def push_started(draft: Draft, command: PushStarted) -> None:
    """Duo gave a transaction id: from now on it is only polled, and only its allow counts.

    One that comes after the challenge's deadline is recorded, and does not put the deadline off.
    """
    case = draft.case
    push = case.push
    if push is None or push.attempt == 0 or command.attempt != push.attempt or command.txid in push.txids:
        return
    draft.change(push=msgspec.structs.replace(push, txids=[*push.txids, command.txid]))
    draft.fact(FactKind.PUSH_STARTED, attempt=command.attempt, txid=command.txid)
    draft.settle(EffectKind.PUSH)
    if case.state is CaseState.CHALLENGING and _in_time(draft):
        until_ms = draft.now_ms + case.timing.push_timeout_ms
        draft.change(deadline_ms=until_ms)
        draft.intend(EffectKind.POLL, command.attempt, until_ms)


def push_answered(draft: Draft, shelf: Shelf, command: PushResult) -> None:
    """Duo's last word: only an allow for a recorded transaction, in time, verifies."""
    case = draft.case
    push = case.push
    if push is None or command.txid not in push.txids or push.result is not None:
        return
    draft.settle(EffectKind.POLL)
    draft.change(push=msgspec.structs.replace(push, result=command.result))
    draft.fact(FactKind.PUSH_ANSWERED, result=command.result, txid=command.txid, detail=command.detail or None)
    if case.state is not CaseState.CHALLENGING:
        draft.fact(FactKind.LATE_ANSWER, push=command.result)
        update_messages(draft)
    elif command.result != "allow":
        escalate(draft, shelf, _REASONS.get(command.result, "push_error"))
    elif not _in_time(draft):
        escalate(draft, shelf, "push_timeout")
    else:
        draft.end(CaseState.VERIFIED)
        draft.fact(FactKind.VERIFIED, txid=command.txid, digest=case.digest)
        update_messages(draft)


def _in_time(draft: Draft) -> bool:
    deadline_ms = draft.case.deadline_ms
    return deadline_ms is not None and draft.now_ms <= deadline_ms


_REASONS = {"deny": "push_denied", "fraud": "fraud", "timeout": "push_timeout"}


def push_failed(draft: Draft, shelf: Shelf, command: EffectFailed) -> None:
    """The push could not be sent: a refusal is a page at once, an unknown outcome waits out the push's life."""
    push = draft.case.push
    if push is None or command.attempt != push.attempt or not draft.pending(EffectKind.PUSH, command.attempt):
        return
    draft.settle(EffectKind.PUSH)
    draft.fact(FactKind.PUSH_FAILED, attempt=command.attempt, reason=command.reason, final=command.final)
    if command.final:
        draft.change(push=msgspec.structs.replace(push, not_after_ms=None))  # nothing is on the phone
        if draft.case.state is CaseState.CHALLENGING:
            escalate(draft, shelf, command.reason)


def push_lapsed(draft: Draft, shelf: Shelf) -> None:
    """The challenge's deadline passed: once more if Duo never gave a transaction, else a page."""
    push = draft.case.push
    assert push is not None
    if push.queued_ms is not None:
        escalate(draft, shelf, "no_answer")
    elif push.txids:
        escalate(draft, shelf, "push_timeout")
    elif push.attempt < MAX_ATTEMPTS:
        start_push(draft)
    else:
        escalate(draft, shelf, "push_failed")
