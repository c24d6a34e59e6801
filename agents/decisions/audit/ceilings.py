"""Ceilings: a case holds a bounded number of calls, and a person gets a bounded number of questions (I15)."""

from collections import defaultdict

from agents.decisions.audit.finding import Finding, of_case
from agents.decisions.audit.journal import Journal
from agents.decisions.audit.terms import Terms
from agents.decisions.case.collect import MAX_CALLS, MAX_LISTED
from agents.decisions.case.ids import FINGERPRINT_BYTES
from streams.records.case import Case

HOUR_MS = 3_600_000


def below_the_ceilings(journal: Journal, _terms: Terms) -> list[Finding]:
    """I15: at most 1,000 calls a case, 50 of them in full; at most so many questions a person in an hour."""
    found = []
    asked: defaultdict[tuple[int, str], list[tuple[int, Case]]] = defaultdict(list)
    for case in journal.last().values():
        calls = len(case.fingerprints) // FINGERPRINT_BYTES
        if calls > MAX_CALLS or len(case.calls) > MAX_LISTED:
            found.append(of_case(case.case_id, f"holds {calls} calls, {len(case.calls)} of them in full"))
        if case.prompt is not None and case.asked is not None:
            asked[case.partition, case.asked.person].append((case.prompt.asked_ms, case))
    for (_, person), several in asked.items():
        found += _questions(person, sorted(several, key=lambda one: one[0]))
    return found


def _questions(person: str, asked: list[tuple[int, Case]]) -> list[Finding]:
    """The questions that went out although the hour before was full."""
    found = []
    first = 0
    for number, (at_ms, case) in enumerate(asked):
        while asked[first][0] <= at_ms - HOUR_MS:
            first += 1
        window = asked[first : number + 1]
        limit = max(one.limits.prompts_per_person_hour for _, one in window)
        if len(window) > limit:
            found.append(of_case(case.case_id, f"is question {len(window)} of {limit} an hour for {person}"))
    return found
