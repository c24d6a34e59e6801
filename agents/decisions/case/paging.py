"""Paging: what PagerDuty's answer means for a case."""

import msgspec

from agents.decisions.case.draft import Draft
from agents.decisions.case.escalate import OPEN, update_messages
from streams.records.case import CaseState, EffectKind, PageState
from streams.records.command import EffectFailed, PageAccepted
from streams.records.fact import FactKind

MAX_FAILURES_KEPT = 5


def page_accepted(draft: Draft, command: PageAccepted) -> None:
    """A 202: the case is paged, whoever sent the page; a case that had ended keeps its end and notes the page."""
    case = draft.case
    if case.page is not None and case.page.accepted_ms is not None:
        draft.settle(EffectKind.PAGE, attempt=command.attempt)  # a page that counted more than the first
        return
    page = case.page or PageState(command.by, draft.now_ms)
    draft.change(page=msgspec.structs.replace(page, accepted_ms=draft.now_ms, by=command.by))
    draft.settle(EffectKind.PAGE)
    if case.state in OPEN:
        settled = (EffectKind.PROMPT, EffectKind.REMIND, EffectKind.PUSH, EffectKind.POLL)
        draft.settle(*settled)
        draft.change(reason=command.by)
    if case.state in OPEN or case.state is CaseState.ESCALATED:
        draft.settle(EffectKind.FOLD)
        draft.end(CaseState.PAGED)
    draft.fact(FactKind.PAGED, by=command.by, reason=draft.case.reason)
    update_messages(draft)


def page_failed(draft: Draft, command: EffectFailed) -> None:
    """PagerDuty did not take the page: recorded, and tried on for ever."""
    if not draft.pending(EffectKind.PAGE):
        return
    failures = sum(fact.kind is FactKind.PAGE_FAILED for fact in draft.case.facts)
    if failures < MAX_FAILURES_KEPT:
        draft.fact(FactKind.PAGE_FAILED, reason=command.reason)
