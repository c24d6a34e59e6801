"""Escalating: a case becomes a page of its own, or is folded into an aggregated one beyond a ceiling."""

from agents.decisions.case.draft import Draft
from agents.decisions.case.fold import fold
from agents.decisions.case.shelf import HOUR_MS, Shelf
from streams.records.case import CaseKind, CaseState, EffectKind, PageState
from streams.records.case_head import urgency_of
from streams.records.fact import FactKind

UPDATE_LIFE_MS = 3_600_000
OPEN = frozenset({CaseState.COLLECTING, CaseState.PROMPTING, CaseState.WAITING, CaseState.CHALLENGING})


def escalate(draft: Draft, shelf: Shelf, reason: str, *, must_fold: str | None = None, **data: str) -> None:
    """Leave the open states towards a page; `must_fold` names a ceiling that was reached already.

    Invariant: from here the case is tried for ever; only a 202 ends it.
    """
    settled = (EffectKind.PROMPT, EffectKind.REMIND, EffectKind.PUSH, EffectKind.POLL)
    draft.settle(*settled)
    draft.change(state=CaseState.ESCALATED, reason=reason, deadline_ms=None)
    draft.fact(FactKind.ESCALATED, reason=reason, **data)
    if draft.case.observe:
        draft.end(CaseState.REPORTED)
        draft.fact(FactKind.REPORTED, why="observe", would="page", reason=reason)
        return
    ceiling = must_fold or _ceiling(draft, shelf)
    if ceiling:
        fold(draft, shelf, ceiling)
    else:
        page(draft, reason)
    update_messages(draft)


def page(draft: Draft, reason: str) -> None:
    """Intend the case's page: one dedup_key, tried until PagerDuty accepts it.

    A page that follows another, as of a contradiction after the watchdog's, is an attempt of its own: whoever
    remembers the first as done must not take it for that.
    """
    attempt = 1 if draft.case.page is None else 2
    draft.change(page=PageState(reason, draft.now_ms))
    draft.intend(EffectKind.PAGE, attempt)


def update_messages(draft: Draft) -> None:
    """Rewrite the question wherever it stands with how the case stands now; a newer rewrite replaces an older."""
    prompt = draft.case.prompt
    if prompt is None or not prompt.messages:
        return
    draft.settle(EffectKind.UPDATE)
    draft.intend(EffectKind.UPDATE, draft.case.seq, draft.now_ms + UPDATE_LIFE_MS)


def _ceiling(draft: Draft, shelf: Shelf) -> str | None:
    """The scope of the account's page ceiling where it is reached; above it are guards and the first of a kind."""
    case = draft.case
    since_ms = draft.now_ms - HOUR_MS
    if case.guard:
        return None
    names = [case.incident.kind] if case.incident is not None else case.rules
    first = not all(shelf.alerted_since(name, case.account, since_ms) for name in names)
    if first and case.kind is not CaseKind.QUESTION:
        return None
    limit = max(1, case.limits.pages_per_account_hour // shelf.partitions)
    if shelf.pages_since(case.account, urgency_of(case), since_ms) < limit:
        return None
    return f"account/{case.account}"
