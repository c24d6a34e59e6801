"""Folding: cases beyond a ceiling share one aggregated page; none is dropped, each is counted on it."""

import msgspec

from agents.decisions.case.draft import Draft
from agents.decisions.case.ids import aggregate_id
from agents.decisions.case.shelf import Shelf
from streams.records.aggregate import Aggregate
from streams.records.case import HIGH, Case, CaseState, EffectKind, Fold
from streams.records.case_head import urgency_of
from streams.records.fact import FactKind

WINDOW_MS = 600_000
PAGE_EVERY_MS = 60_000
MAX_SAMPLES = 20


def fold(draft: Draft, shelf: Shelf, ceiling: str) -> None:
    """Put the case on the aggregate's page that is being collected; the aggregate pages at its first fold.

    Invariant: what is folded together is of one urgency, so that no page disturbs more or less than its cases.
    """
    now_ms, urgency = draft.now_ms, urgency_of(draft.case)
    # In front, for what follows may come from a record: no account is named so that its scope is another's.
    scope = ceiling if urgency == HIGH else f"{urgency}/{ceiling}"
    current = shelf.current_aggregate(scope)
    if current is None or now_ms >= current.opened_ms + WINDOW_MS:
        current = _open(scope, urgency, shelf.partition, now_ms)
    aggregate = msgspec.structs.replace(
        current,
        seq=current.seq + 1,
        src=draft.src,
        count=current.count + 1,
        waiting=current.waiting + 1,
        samples=[*current.samples, _sample(draft.case)][:MAX_SAMPLES],
    )
    draft.change(fold=Fold(aggregate.aggregate_id, aggregate.page, ceiling))
    draft.intend(EffectKind.FOLD, 1)
    draft.fact(FactKind.FOLDED, aggregate=aggregate.aggregate_id, page=aggregate.page, scope=scope)
    shelf.put_aggregate(close_page(aggregate, now_ms, draft.src) if may_page(aggregate, now_ms) else aggregate)


def may_page(aggregate: Aggregate, now_ms: int) -> bool:
    """Whether the page that is being collected may go out now: at most one a minute."""
    if aggregate.waiting == 0:
        return False
    return aggregate.sent_ms is None or now_ms >= aggregate.sent_ms + PAGE_EVERY_MS


def close_page(aggregate: Aggregate, now_ms: int, src: int) -> Aggregate:
    """Send the collected page: what is folded from now on waits for the next one."""
    return msgspec.structs.replace(
        aggregate,
        seq=aggregate.seq + 1,
        src=src,
        sent_page=aggregate.page,
        page=aggregate.page + 1,
        waiting=0,
        sent_ms=now_ms,
    )


def accept_page(aggregate: Aggregate, page: int, src: int) -> Aggregate:
    """PagerDuty took a page of the aggregate; all that was folded up to it is reported."""
    accepted = min(page, aggregate.sent_page)
    if accepted <= aggregate.accepted_page:
        return aggregate
    return msgspec.structs.replace(aggregate, seq=aggregate.seq + 1, src=src, accepted_page=accepted)


def forgets(aggregate: Aggregate | None, held: Fold) -> bool:
    """Whether no page of the aggregate will ever hold a case that was folded into it.

    On Kafka the two lie on changelogs of their own: a crash may have left the case and lost its aggregate.
    """
    return aggregate is None or (held.page > aggregate.sent_page and aggregate.waiting == 0)


def report_folded(draft: Draft, aggregate: Aggregate) -> None:
    """End a folded case once the page that holds it is accepted."""
    held = draft.case.fold
    if draft.case.state is not CaseState.ESCALATED or held is None or held.page > aggregate.accepted_page:
        return
    draft.settle(EffectKind.FOLD)
    draft.end(CaseState.REPORTED)
    draft.fact(FactKind.REPORTED, why="folded", aggregate=aggregate.aggregate_id, page=held.page)


def _open(scope: str, urgency: str, partition: int, now_ms: int) -> Aggregate:
    return Aggregate(
        aggregate_id=aggregate_id(scope, partition, now_ms),
        scope=scope,
        partition=partition,
        opened_ms=now_ms,
        seq=0,
        src=-1,
        page=1,
        sent_page=0,
        accepted_page=0,
        count=0,
        waiting=0,
        samples=[],
        urgency=urgency,
    )


def _sample(case: Case) -> str:
    first = case.calls[0] if case.calls else None
    what = f"{first.event_source}:{first.event_name} in {first.account}" if first else case.kind
    return f"{what} ({case.reason}), case {case.case_id}"
