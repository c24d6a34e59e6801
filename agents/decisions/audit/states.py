"""States: a case has one end (I5), and tells what happened without a gap (I6)."""

from agents.decisions.audit.ends import forgotten
from agents.decisions.audit.finding import Finding, of_case
from agents.decisions.audit.journal import Journal
from agents.decisions.audit.terms import Terms
from streams.records.case import ENDS, CaseState
from streams.records.fact import FactKind

RESCUERS = frozenset({"watchdog", "supervisor"})


def verified_or_paged(journal: Journal, _terms: Terms) -> list[Finding]:
    """I5: no case is both, except a contradiction after verified, or a rescuer's page, shown as such."""
    found = []
    for case_id, facts in journal.facts_of().items():
        kinds = {fact.kind for fact in facts}
        paged = [fact for fact in facts if fact.kind is FactKind.PAGED]
        if FactKind.VERIFIED not in kinds or FactKind.CONTRADICTED in kinds:
            continue
        if any(fact.data.get("by") not in RESCUERS for fact in paged):
            found.append(of_case(case_id, "is verified and paged"))
        if kinds & {FactKind.ESCALATED, FactKind.REPORTED}:
            found.append(of_case(case_id, "is verified and escalated"))
    return found


def no_gap(journal: Journal, _terms: Terms) -> list[Finding]:
    """I6: the facts of a case are numbered without a gap, up to the case's own seq."""
    last = journal.last()
    found = []
    for case_id, facts in journal.facts_of().items():
        seqs = {fact.seq for fact in facts}
        newest = max([*seqs, last[case_id].seq if case_id in last else 0])
        missing = sorted(set(range(1, newest + 1)) - seqs)
        found += [of_case(case_id, f"has no fact {seq} of {newest}", at=str(seq)) for seq in missing]
    return found


def ends_stay(journal: Journal, _terms: Terms) -> list[Finding]:
    """I6: an end does not change, in the states of the table and in the facts."""
    found = []
    ended: dict[str, CaseState] = {}
    for case in journal.cases:
        if ended.get(case.case_id, case.state) is not case.state:
            found.append(of_case(case.case_id, f"ended as {ended[case.case_id]} and became {case.state}"))
        if case.state in ENDS:
            ended[case.case_id] = case.state
    return found


def cases_kept(journal: Journal, _terms: Terms) -> list[Finding]:
    """I6: a case that told anything is in the table, until a sweep forgets it after its end."""
    known = journal.last().keys() | forgotten(journal).keys()
    return [
        of_case(case_id, "tells facts, and the table does not have it")
        for case_id in journal.facts_of()
        if case_id not in known
    ]
