"""Checker: the auditor's checks over a run that is over, as the tests ask for them."""

import json
from collections.abc import Callable
from typing import Any

from agents.decisions.audit import accounted as calls
from agents.decisions.audit import contents, leaving, states
from agents.decisions.audit.finding import Finding
from agents.decisions.audit.journal import Journal, fingerprints_of
from agents.decisions.audit.outside import Process
from agents.decisions.audit.registry import judged
from agents.decisions.audit.terms import Folding, Terms
from tables.case_shelf import CaseShelf

__all__ = ["accounted", "check_all", "facts_in_order", "fingerprints_of", "refusals", "verified_or_paged"]

OVER = Terms(folding=Folding(CaseShelf))


def check_all(journal: Journal, *, open_allowed: bool = False, **more: Any) -> list[str]:
    """Every finding of every check, each with the name of its invariant in front; `more` goes into the terms."""
    terms = OVER._replace(open_allowed=open_allowed, **more)
    return [f"{check.invariant}: {one}" for check, found in judged(journal, terms) for one in found]


def refusals(role: str, code: int, words: str) -> list[Finding]:
    """I20 of one process that is gone, by what it wrote; a code that is no refusal is a finding of its own."""
    journal = Journal(processes=[Process(role, code, lines=words.splitlines())])
    return [*leaving.refuses_to_start(journal, OVER), *leaving.leaves_in_time(journal, OVER)]


def accounted(journal: Journal, *, wanted: Callable[[Any], bool] = lambda _: True) -> list[Finding]:
    """I1; `wanted` says of a record's fields whether some rule fires on it."""
    return calls.accounted(journal, Terms(wanted=lambda record, _: wanted(json.loads(record))))


def facts_in_order(journal: Journal) -> list[Finding]:
    """I6, all of it that the log can answer."""
    checks = (states.no_gap, states.ends_stay, contents.one_content_a_seq)
    return [one for check in checks for one in check(journal, OVER)]


def verified_or_paged(journal: Journal) -> list[Finding]:
    """I5."""
    return states.verified_or_paged(journal, OVER)
