"""Secrets: none stands in a message, in what a process wrote, or in a document (I17)."""

from collections.abc import Iterator

from agents.decisions.audit.finding import Finding
from agents.decisions.audit.journal import Journal
from agents.decisions.audit.outside import Leak
from agents.decisions.audit.terms import Terms

TOLD = 5
"""So many places of one secret are told; more of them say nothing new."""


def no_secret(journal: Journal, terms: Terms) -> list[Finding]:
    """I17: no secret of the run, in any spelling, in what was searched; a finding names it and never shows it."""
    places: dict[str, list[str]] = {}
    for where, name in [*(journal.leaks or ()), *_outside(journal, terms)]:
        places.setdefault(name, []).append(where)
    return [
        Finding(f"{name} stands in {where}", at=where) for name, found in places.items() for where in found[:TOLD]
    ]


def no_secrets_known(journal: Journal, terms: Terms) -> str | None:
    """What is missing for this check, None where there is something to judge."""
    searched = journal.leaks is not None or journal.processes or journal.documents
    return None if terms.secrets and searched else "the secrets of the run are not known"


def _outside(journal: Journal, terms: Terms) -> Iterator[Leak]:
    for process in journal.processes:
        for number, line in enumerate(process.lines, start=1):
            for name in terms.secrets.found_in(line.encode("utf-8", "surrogateescape")):
                yield Leak(f"line {number} of what {process.role} wrote", name)
    for document in journal.documents or ():
        for name in terms.secrets.found_in(document.name.encode(), document.body):
            yield Leak(f"document {document.name} of {document.kind}", name)
