"""Delays: how long each page took from the moment it was due, by the clock of whoever waits for it."""

from collections.abc import Iterable, Mapping

from agents.decisions.audit.journal import Journal, fingerprints_of
from agents.decisions.case.ids import dedup_key
from agents.standins.pagerduty import Incident
from streams.records.case import Case, CaseKind, CaseState
from streams.records.fact import FactKind

PAGING = frozenset({CaseState.ESCALATED, CaseState.PAGED})


def page_delays(
    journal: Journal, published: Mapping[bytes, int], incidents: Iterable[Incident]
) -> dict[str, float]:
    """Seconds by case id: of an alert since it was published, of a question since its deadline or its answer."""
    opened: dict[str, int] = {}
    for incident in incidents:
        opened.setdefault(incident.dedup_key, incident.opened_ms)
    due = _due(journal, published)
    return {
        case_id: (opened[dedup_key(case_id)] - due_ms) / 1000
        for case_id, due_ms in due.items()
        if dedup_key(case_id) in opened
    }


def _due(journal: Journal, published: Mapping[bytes, int]) -> dict[str, int]:
    """When the page of each case that was paged was due; epoch milliseconds UTC."""
    escalated = {fact.case_id: fact.at_ms for fact in journal.facts if fact.kind is FactKind.ESCALATED}
    lapses: dict[str, int] = {}
    for case in journal.cases:
        if case.state not in PAGING and case.deadline_ms is not None:
            lapses[case.case_id] = case.deadline_ms
    found = {}
    for case_id, case in journal.last().items():
        if case.page is None:
            continue
        moments = [lapses[case_id]] if case_id in lapses else []
        moments += [escalated[case_id]] if case_id in escalated else []
        moments = _published(case, published) or moments
        if moments:
            found[case_id] = min(moments)
    return found


def _published(case: Case, published: Mapping[bytes, int]) -> list[int]:
    if case.kind is not CaseKind.ALERT:
        return []
    return [published[mark] for mark in fingerprints_of(case) if mark in published]
