"""Accounted: each accepted call has exactly one end (I1), and what came late says so (I13)."""

import hashlib

from agents.decisions.audit.ends import due_ms, ends, holders
from agents.decisions.audit.finding import Finding, of_call, place
from agents.decisions.audit.journal import Called, Journal
from agents.decisions.audit.terms import Terms
from streams.records.case import ENDS
from streams.records.dead_letter import DeadLetter
from streams.topics import Topic

BODY_BYTES = 65_536
BRIDGE = "bridge"


def digest_of_body(body: bytes) -> bytes:
    """What tells the bytes of two records apart, as far as a dead letter keeps them."""
    return hashlib.sha256(body[:BODY_BYTES]).digest()


def buried(journal: Journal) -> set[tuple[str, bytes]]:
    """The places and bodies of accepted records that became dead letters; what the bridge refused was none."""
    return {grave(letter) for letter in journal.dead_letters if letter.stage != BRIDGE}


def grave(letter: DeadLetter) -> tuple[str, bytes]:
    """The place and the body of the record that a dead letter tells of."""
    return letter.position, digest_of_body(letter.body)


def is_buried(called: Called, graves: set[tuple[str, bytes]]) -> bool:
    """Whether a dead letter tells of this very call."""
    return (place(Topic.CALLS, called.at), called.body) in graves


def accounted(journal: Journal, terms: Terms) -> list[Finding]:
    """I1: each accepted call reaches exactly one of logged, verified, paged, reported, dead-lettered.

    A call that no rule fires on after all is none of these. A call that is young, that waits for the grant of its
    session, or whose case waits for a deadline that lies ahead, is open.
    """
    reached_by, graves = ends(journal), buried(journal)
    ahead = _ahead(journal, terms)
    found = []
    for called in journal.calls:
        if called.at.at_ms < journal.kept_from_ms:
            continue
        reached = set(reached_by.get(called.mark, ())) if called.mark else set()
        if is_buried(called, graves):
            reached.add("dead-lettered")
        if reached == {"open"} and (called.mark in ahead or terms.open_allowed):
            continue
        if len(reached) == 1 and reached != {"open"}:
            continue
        if not reached and waits(called, journal, terms):
            continue
        if not reached and (terms.young(called.at.at_ms) or unwanted(called, terms)):
            continue
        at = place(Topic.CALLS, called.at)
        what = " and ".join(sorted(reached)) or "nothing"
        found.append(of_call(called.mark, f"at {at} reached {what}", at=at))
    return found


def open_calls(journal: Journal, terms: Terms) -> int:
    """How many accepted calls are on their way to an end, and have the time for it."""
    reached_by, ahead = ends(journal), _ahead(journal, terms)
    marks = {called.mark for called in journal.calls if called.mark}
    return sum(reached_by.get(mark) == {"open"} and mark in ahead for mark in marks)


def _ahead(journal: Journal, terms: Terms) -> set[bytes]:
    """The calls of cases that have the time to come to their end."""
    last = journal.last()
    on_time = {case_id for case_id, case in last.items() if case.state not in ENDS and terms.young(due_ms(case))}
    return {mark for mark, ids in holders(journal).items() if any(case_id in on_time for case_id in ids)}


def waits(called: Called, journal: Journal, terms: Terms) -> bool:
    """Whether a call waits for a grant, and has the time for it."""
    until_ms = journal.waits.get(called.mark) if called.mark is not None else None
    return until_ms is not None and (terms.open_allowed or terms.young(until_ms))


def unwanted(called: Called, terms: Terms) -> bool:
    """Whether no rule fires on a call after all: then it has no end, and needs none."""
    return (
        called.mark is not None
        and called.record is not None
        and not terms.wanted(called.record, called.received_ms)
    )


def late_is_said(journal: Journal, terms: Terms) -> list[Finding]:
    """I13: a call that was received later than the bound after it happened is marked late, and no other is."""
    if terms.lateness_ms is None:
        return []
    found = []
    for verdict in journal.verdicts:
        if verdict.event_time_ms is None:
            continue
        age_ms = verdict.received_ms - verdict.event_time_ms
        if verdict.late is not (age_ms > terms.lateness_ms):
            said = "late" if verdict.late else "in time"
            what = f"came {age_ms // 1000} s after it happened and counts as {said}"
            found.append(of_call(bytes.fromhex(verdict.fingerprint), what))
    return found
