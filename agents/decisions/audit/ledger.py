"""Ledger: the calls that have no end yet, kept up as the log goes on."""

from collections.abc import Iterable, Iterator

from agents.decisions.audit.accounted import BRIDGE, grave, unwanted
from agents.decisions.audit.contents import Contents, twice_under_a_seq, twice_under_an_event
from agents.decisions.audit.ends import due_ms
from agents.decisions.audit.finding import Finding, of_call, place
from agents.decisions.audit.journal import Called, Judged, fingerprints_of
from agents.decisions.audit.terms import Terms
from streams.records.case import ENDS, Case
from streams.records.dead_letter import DeadLetter
from streams.records.fact import Fact
from streams.records.verdict import End
from streams.topics import Topic

Key = bytes | tuple[str, bytes]
"""A call's fingerprint; the place and body of one that cannot be read."""


class Ledger:
    """Told what the log says, it tells what has two contents, and which calls have no end although it is due.

    Whatever has its end is kept as 16 bytes, until `forget_before`: a copy of a call may come long after.
    """

    def __init__(self) -> None:
        self._events: Contents[bytes] = Contents()
        self._facts: Contents[tuple[str, int]] = Contents()
        self._ended: dict[Key, int] = {}
        self._open: dict[Key, Called] = {}
        self._in_case: dict[bytes, int] = {}
        self._holder: dict[bytes, str] = {}
        self._due: dict[str, int] = {}

    def sizes(self) -> dict[str, int]:
        """How much it keeps, by what it is."""
        return {
            "calls without an end": len(self._open),
            "calls": len(self._ended) + len(self._in_case),
            "events": len(self._events),
            "facts": len(self._facts),
        }

    def calls(self, calls: Iterable[Called], terms: Terms) -> Iterator[Finding]:
        """Calls that were accepted."""
        for called in calls:
            yield from twice_under_an_event([called], self._events)
            key = called.mark or (place(Topic.CALLS, called.at), called.body)
            buried = (place(Topic.CALLS, called.at), called.body) in self._ended
            if key in self._ended or buried:
                continue
            needless = not terms.young(called.at.at_ms) and not self.decided(called.mark)
            if needless and unwanted(called, terms):
                self._end(key, called.at.at_ms)
            else:
                self._open.setdefault(key, called)

    def decided(self, mark: bytes | None) -> bool:
        """Whether triage has decided about a call."""
        return mark in self._in_case or mark in self._holder or mark in self._ended

    def verdicts(self, verdicts: Iterable[Judged]) -> None:
        """What triage decided; a case's word is awaited where it is a case."""
        for verdict in verdicts:
            mark = bytes.fromhex(verdict.fingerprint)
            if verdict.end is End.CASE:
                self._in_case.setdefault(mark, verdict.received_ms)
            else:
                self._end(mark, verdict.received_ms)

    def letters(self, letters: Iterable[DeadLetter]) -> None:
        """What became a dead letter after it was accepted."""
        graves = {grave(letter): letter.at_ms for letter in letters if letter.stage != BRIDGE}
        for key, at_ms in graves.items():
            self._end(key, at_ms)
        if graves:
            for mark, called in list(self._open.items()):
                if (place(Topic.CALLS, called.at), called.body) in graves:
                    self._end(mark, called.at.at_ms)

    def case(self, case: Case) -> None:
        """The newest state of a case."""
        if case.state not in ENDS:
            self._due[case.case_id] = due_ms(case)
            self._holder.update(dict.fromkeys(fingerprints_of(case), case.case_id))
            return
        self._due.pop(case.case_id, None)
        for mark in fingerprints_of(case):
            self._end(mark, case.ended_ms or case.opened_ms)

    def facts(self, facts: Iterable[Fact]) -> Iterator[Finding]:
        """What happened in cases."""
        yield from twice_under_a_seq(facts, self._facts)

    def overdue(self, terms: Terms, case_kept_from_ms: int) -> list[Finding]:
        """The calls whose end is due, each told once; cases that ended before `case_kept_from_ms` may be gone."""
        found = []
        for key, called in list(self._open.items()):
            mark = called.mark
            decided_ms = called.at.at_ms + terms.grant_wait_ms
            due = max(decided_ms, self._due.get(self._holder.get(mark or b"", ""), 0))
            if terms.young(due):
                continue
            decided = self.decided(mark)
            forgotten = decided and mark not in self._holder and called.at.at_ms < case_kept_from_ms
            if not forgotten and (decided or not unwanted(called, terms)):
                at = place(Topic.CALLS, called.at)
                what = "its case has not ended" if decided else "nothing was decided about it"
                found.append(of_call(mark, f"at {at} has no end, and it is overdue: {what}", at=at))
            self._end(key, called.at.at_ms)
        return found

    def forget_before(self, before_ms: int) -> None:
        """Forget what the log itself keeps no longer."""
        self._events.forget_before(before_ms)
        self._facts.forget_before(before_ms)
        self._ended = {key: at_ms for key, at_ms in self._ended.items() if at_ms >= before_ms}
        self._in_case = {key: at_ms for key, at_ms in self._in_case.items() if at_ms >= before_ms}

    def _end(self, key: Key, at_ms: int) -> None:
        self._ended[key] = at_ms
        self._open.pop(key, None)
        if isinstance(key, bytes):
            self._in_case.pop(key, None)
            self._holder.pop(key, None)
