"""Paged: when the page of each case was due, when it was heard, and how long it may take (I3, I4, I16)."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from agents.decisions.audit.finding import Finding, of_case
from agents.decisions.audit.journal import Journal
from agents.decisions.audit.states import RESCUERS
from agents.decisions.audit.terms import Terms
from agents.decisions.case.escalate import OPEN
from agents.decisions.case.ids import dedup_key
from streams.records.case import Case, CaseKind, CaseState
from streams.records.command import PageAccepted
from streams.records.fact import FactKind

RESCUE_MS = 60_000
"""So much more may the page of a watchdog or a supervisor take, in real milliseconds."""


class DuePage(NamedTuple):
    """A page that a case needs since `due_ms` (epoch milliseconds UTC of the log's clock)."""

    case: Case
    due_ms: int


def due_alerts(journal: Journal) -> Iterator[DuePage]:
    """Alerts are due when the bridge had their call; not those that a ceiling folded."""
    for case in journal.last().values():
        if case.kind is CaseKind.ALERT and case.calls and not _needs_none(case):
            yield DuePage(case, case.calls[0].received_ms)


def due_others(journal: Journal) -> Iterator[DuePage]:
    """Questions and incidents: due at the deadline that passed, or when something else made them escalate.

    A deadline is taken from the states of the case, and from its question where compaction left the last state
    only. One that lies ahead is not due, nor is one that an answer on the log came before.
    """
    deadlines: dict[str, int] = {}
    for state in journal.cases:
        if state.state in OPEN and state.deadline_ms is not None:
            deadlines[state.case_id] = state.deadline_ms
    escalated: dict[str, int] = {}
    for fact in journal.facts:
        if fact.kind is FactKind.ESCALATED:
            escalated.setdefault(fact.case_id, fact.at_ms)
    for case_id, case in journal.last().items():
        if case.kind is CaseKind.ALERT or _needs_none(case):
            continue
        moments = [escalated[case_id]] if case_id in escalated else []
        if case.state in OPEN or case.state in {CaseState.ESCALATED, CaseState.PAGED}:
            moments += [deadlines[case_id]] if case_id in deadlines else _asked_until(case)
        elif case.reason == "contradiction" and case.page is not None:
            moments = [case.page.emitted_ms]
        if moments:
            yield DuePage(case, min(moments))


def _needs_none(case: Case) -> bool:
    return case.observe or case.fold is not None


def _asked_until(case: Case) -> list[int]:
    """The deadline of a question that nobody answered Yes to, by the question itself."""
    if case.prompt is None or case.push is not None:
        return []
    delivered_ms = case.prompt.delivered_ms
    return [case.prompt.not_after_ms if delivered_ms is None else delivered_ms + case.timing.prompt_timeout_ms]


class Heard:
    """When somebody could first know of the page of a case, as far as the journal tells.

    That is the append of PagerDuty's 202, a rescuer's own time of it, or the time of the stand-in: a process may
    die between the page and its word about it. The stand-ins' clock is the log's only at speed 1.
    """

    def __init__(self, journal: Journal, terms: Terms) -> None:
        self._rescued: defaultdict[str, list[int]] = defaultdict(list)
        for one in journal.commands:
            if isinstance(one.command, PageAccepted) and one.command.at_ms is not None:
                self._rescued[one.command.subject].append(one.command.at_ms)
        self._taken: defaultdict[str, list[int]] = defaultdict(list)
        for taken in journal.exchanges if terms.speed == 1.0 else ():
            if taken.service == "pagerduty" and taken.done and taken.sent.get("event_action") == "trigger":
                self._taken[str(taken.sent.get("dedup_key"))].append(taken.answered_ms)

    def of(self, case: Case, due_ms: int) -> int | None:
        """Epoch milliseconds UTC; None where nothing tells of the page."""
        accepted_ms = case.page.accepted_ms if case.page is not None else None
        told = [*self._rescued[case.case_id], *self._taken[dedup_key(case.case_id)]]
        return _first(due_ms, told if accepted_ms is None else [accepted_ms, *told])

    def by_vendor(self, case: Case, due_ms: int) -> int | None:
        """The same, by the stand-in alone."""
        return _first(due_ms, self._taken[dedup_key(case.case_id)])


def _first(due_ms: int, moments: list[int]) -> int | None:
    """The first that follows; an earlier page of the same case counts only where there is no other."""
    later = [at_ms for at_ms in moments if at_ms >= due_ms]
    return min(later) if later else (due_ms if moments else None)


def late_pages(journal: Journal, terms: Terms, dues: Iterator[DuePage], since: str, more_ms: int) -> list[Finding]:
    """The pages that took longer than the terms allow; `more_ms` is what a rescuer has beyond that.

    What is not paged yet is late when a rescuer's time is over too; of a run that is over it is late at any time.
    """
    page_ms = terms.page_ms()
    if page_ms is None:
        return []
    heard, found = Heard(journal, terms), []
    for case, due_ms in dues:
        heard_ms = heard.of(case, due_ms)
        rescued = heard_ms is None or (case.page is not None and case.page.by in RESCUERS)
        allowed_ms = page_ms + (more_ms * terms.speed if rescued else 0)
        now_ms = terms.now_ms if heard_ms is None else heard_ms
        if now_ms is None:
            if case.state not in OPEN:
                found.append(of_case(case.case_id, f"is not paged, and was due with {since}"))
        elif now_ms - due_ms > allowed_ms:
            how = "is not paged" if heard_ms is None else "was paged"
            late_s = (now_ms - due_ms) / terms.speed / 1000
            found.append(of_case(case.case_id, f"{how} {late_s:.0f} s after {since}"))
    return found


def lapsed_deadlines_page(journal: Journal, terms: Terms) -> list[Finding]:
    """I3: a deadline that passed, a No and a refused push are paged in 30 s, by a rescuer in 60 s more."""
    return late_pages(journal, terms, due_others(journal), "its page was due", RESCUE_MS)


def alerts_paged_in_time(journal: Journal, terms: Terms) -> list[Finding]:
    """I4: PagerDuty has an alert 30 s after the bridge had the call, but for one that a ceiling folded."""
    return late_pages(journal, terms, due_alerts(journal), "its call came", 0)
