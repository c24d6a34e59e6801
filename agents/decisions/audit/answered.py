"""Answered: only the person asked can answer (I9)."""

from agents.decisions.audit.finding import Finding, of_case
from agents.decisions.audit.journal import Journal
from agents.decisions.audit.said import Said
from agents.decisions.audit.terms import Terms
from streams.records.case import Case
from streams.records.command import Answered
from streams.records.fact import FactKind


def answered_by_the_person_asked(journal: Journal, _terms: Terms) -> list[Finding]:
    """I9: whatever an answer changed came with a click of the person asked, on the digest shown."""
    last, said = journal.last(), Said(journal)
    found = []
    for fact in journal.facts_once():
        case = last.get(fact.case_id)
        answer = "no" if fact.kind is FactKind.CONTRADICTED else fact.data.get("answer")
        if case is None or answer is None or fact.kind is FactKind.ANSWER_REFUSED:
            continue
        clicks = [one.command for one in said.of(case, Answered) if one.at.offset == fact.src]
        if not any(_is_theirs(click, case) for click in clicks):
            what = "took an answer that the person asked did not give"
            found.append(of_case(fact.case_id, what, at=str(fact.seq)))
    return found


def _is_theirs(click: Answered, case: Case) -> bool:
    return case.asked is not None and (click.user_id, click.digest) == (case.asked.slack, case.digest)
