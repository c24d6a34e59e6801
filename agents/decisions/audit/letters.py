"""Letters: a record that cannot be taken becomes a dead letter that pages (I14, I21)."""

from agents.decisions.audit.accounted import BRIDGE
from agents.decisions.audit.finding import Finding
from agents.decisions.audit.journal import Journal
from agents.decisions.audit.terms import Terms
from streams.records.command import Incident
from streams.records.dead_letter import DeadLetter

DECISION_FAILED = "decision_failed"


def broken_decisions_page(journal: Journal, terms: Terms) -> list[Finding]:
    """I14: what a decision could not take has its traceback, and an incident names its place."""
    paged = {f"{one.place}:{one.offset}" for one in _incidents(journal)}
    found = []
    for letter in _letters(journal, terms):
        if letter.stage == BRIDGE:
            continue
        if not letter.traceback:
            found.append(_about(letter, "has no traceback"))
        # An incident that itself breaks a decision does not page about itself for ever.
        if letter.position not in paged and b'"type":"incident"' not in letter.body:
            found.append(_about(letter, "is paged by no incident"))
    return found


def unreadable_calls_page(journal: Journal, terms: Terms) -> list[Finding]:
    """I21: a body in which a scan found a sensitive call is paged at high urgency, by the name of a call."""
    high = [one for one in _incidents(journal) if one.urgency == "high"]
    named = {name for one in high for name in one.names}
    spelled = "\n".join(text for one in high for text in (one.summary, *one.details.values()))
    return [
        _about(letter, f"names {letter.sensitive[0]}, and no incident does")
        for letter in _letters(journal, terms)
        if letter.sensitive and not any(pair in named or pair in spelled for pair in letter.sensitive)
    ]


def _letters(journal: Journal, terms: Terms) -> list[DeadLetter]:
    """Those whose pages the log must still have."""
    return [
        letter
        for letter in journal.dead_letters
        if letter.at_ms >= journal.kept_from_ms and not terms.young(letter.at_ms)
    ]


def _incidents(journal: Journal) -> list[Incident]:
    return [one.command for one in journal.commands if isinstance(one.command, Incident)]


def _about(letter: DeadLetter, what: str) -> Finding:
    return Finding(f"the dead letter of {letter.feed} at {letter.position} {what}", at=letter.position)
