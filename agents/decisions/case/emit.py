"""Emitting: the effect that an outbox item stands for, made from the case alone, so that a repeat is the same."""

from agents.decisions.case.ids import FINGERPRINT_BYTES, dedup_key
from agents.decisions.case.page_text import aggregate_details, aggregate_summary, page_details, page_summary, who
from streams.records.aggregate import Aggregate
from streams.records.case import Case, CaseState, EffectKind, OutboxItem
from streams.records.case_head import urgency_of
from streams.records.effect import DuoEffect, Page, Poll, Prompt, Push, Question, Remind, SlackEffect, Update

Effect = SlackEffect | DuoEffect | Page

OUTCOMES = {CaseState.VERIFIED: "verified", CaseState.REPORTED: "reported"}


def question(case: Case) -> Question:
    """What the case's question shows."""
    assert case.asked is not None
    return Question(
        case_id=case.case_id,
        actor_key=case.actor_key,
        digest=case.digest or "",
        person=case.asked.person,
        name=case.asked.name,
        why=case.actor.why,
        rules=case.rules,
        count=len(case.fingerprints) // FINGERPRINT_BYTES,
        calls=case.calls,
        lines=case.lines,
        prompt_timeout_ms=case.timing.prompt_timeout_ms,
        push_timeout_ms=case.timing.push_timeout_ms,
        confidence=str(case.actor.confidence),
        of_owner=case.asked.person != case.actor.person,
        who=who(case),
    )


def effect_of(case: Case, item: OutboxItem) -> Effect | None:
    """The effect of an outbox item; a fold is none, for it happens inside the partition."""
    common = (case.case_id, case.actor_key, case.partition, item.attempt, item.since_ms)
    not_after_ms = item.not_after_ms or item.since_ms
    match item.kind:
        case EffectKind.PROMPT:
            assert case.asked is not None
            return Prompt(*common, not_after_ms, case.asked.slack or "", question(case))
        case EffectKind.UPDATE:
            assert case.prompt is not None
            places = [(message.channel, message.ts) for message in case.prompt.messages]
            return Update(*common, not_after_ms, places, _outcome(case), _outcome_data(case), question(case))
        case EffectKind.REMIND:
            assert case.prompt is not None
            message = case.prompt.messages[0]
            deadline_ms = case.deadline_ms or not_after_ms
            return Remind(*common, not_after_ms, message.channel, message.ts, deadline_ms)
        case EffectKind.PUSH:
            assert case.asked is not None
            return Push(*common, not_after_ms, case.asked.duo or "", _pushinfo(case))
        case EffectKind.POLL:
            assert case.asked is not None
            assert case.push is not None
            return Poll(*common, not_after_ms, case.asked.duo or "", case.push.txids[-1])
        case EffectKind.PAGE:
            return _page(case, item)
        case EffectKind.FOLD:
            return None


def _outcome(case: Case) -> str:
    if case.reason == "contradiction":
        return "contradiction"
    return OUTCOMES.get(case.state) or case.reason or "escalated"


def _outcome_data(case: Case) -> dict[str, str]:
    data = {"state": str(case.state), "case_id": case.case_id}
    for fact in case.facts:
        if fact.kind == "late_answer":
            data["late"] = str(fact.data.get("answer") or fact.data.get("push"))
    if case.page is not None and case.page.accepted_ms is not None:
        data["paged"] = "yes"
    return data


def _pushinfo(case: Case) -> dict[str, str]:
    first = case.calls[0]
    count = len(case.fingerprints) // FINGERPRINT_BYTES
    more = f" and {count - 1} more" if count > 1 else ""
    others = len({line.source for line in case.lines if line.source} - {first.source})
    elsewhere = f" and {others} other address{'' if others == 1 else 'es'}" if others else ""
    return {
        "Action": f"{first.event_name}{more}",
        "Account": first.account,
        "From": f"{first.source}{elsewhere}",
        "Case": case.case_id,
    }


def _page(case: Case, item: OutboxItem) -> Page:
    return Page(
        subject=case.case_id,
        actor_key=case.actor_key,
        partition=case.partition,
        attempt=item.attempt,
        emitted_ms=item.since_ms,
        dedup_key=dedup_key(case.case_id),
        urgency=urgency_of(case),
        summary=page_summary(case),
        source=case.account or "countersign",
        details=page_details(case),
    )


def aggregate_page(aggregate: Aggregate) -> Page | None:
    """The page of an aggregate that is out and not accepted yet."""
    if aggregate.sent_page <= aggregate.accepted_page or aggregate.sent_ms is None:
        return None
    return Page(
        subject=aggregate.aggregate_id,
        actor_key=f"aggregate/{aggregate.scope}",
        partition=aggregate.partition,
        attempt=aggregate.sent_page,
        emitted_ms=aggregate.sent_ms,
        dedup_key=dedup_key(aggregate.aggregate_id),
        urgency=aggregate.urgency,
        summary=aggregate_summary(aggregate),
        source=aggregate.scope,
        details=aggregate_details(aggregate),
    )
