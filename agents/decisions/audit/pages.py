"""Pages: one dedup_key a case, and at most one incident of it (I7)."""

from collections import defaultdict

from agents.decisions.audit.finding import Finding, of_case
from agents.decisions.audit.journal import Journal
from agents.decisions.audit.terms import Terms
from agents.decisions.case.ids import dedup_key
from streams.records.effect import Page


def one_page_a_case(journal: Journal, _terms: Terms) -> list[Finding]:
    """I7: one dedup_key a case, the one that follows from its id; at most one incident of it is open."""
    pages = journal.of(Page)
    found = [
        of_case(page.subject, f"pages as {page.dedup_key}", at=page.dedup_key)
        for page in pages
        if page.dedup_key != dedup_key(page.subject)
    ]
    subjects = {
        *journal.last(),
        *(one.aggregate_id for one in journal.aggregates),
        *(one.subject for one in pages),
    }
    return found + _incidents(journal, {dedup_key(subject) for subject in subjects})


def _incidents(journal: Journal, keys: set[str]) -> list[Finding]:
    """What PagerDuty took under a key that is no case's, or under two for one case."""
    found = []
    incidents: defaultdict[str, set[str]] = defaultdict(set)
    for one in journal.exchanges:
        if one.service != "pagerduty" or not one.done or one.sent.get("event_action") != "trigger":
            continue
        key = str(one.sent.get("dedup_key"))
        details = (one.sent.get("payload") or {}).get("custom_details") or {}
        incidents[details.get("case", key)].add(key)
        # The pipeline itself pages when it cannot read its log: those keys name no case.
        if key not in keys and "case" in details:
            found.append(Finding(f"PagerDuty took {key}, which is no case's key", at=key))
    return found + [
        of_case(case_id, f"has incidents {sorted(several)}")
        for case_id, several in incidents.items()
        if len(several) > 1
    ]
