"""Case view: the cases as the log tells them, read from the changelog of the `cases` table."""

import heapq
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from streams.log.owners import Owners
from streams.log.reader import TopicReader
from streams.log.record import Record
from streams.records.case import ENDS, Case
from streams.records.codec import from_entry
from streams.records.fact import Fact
from streams.topics import changelog

KEPT_ENDED = 500
READ_LIMIT = 500
"""Messages a partition gives per poll at most, so that a poll stays short while a long log is caught up."""


class _Part(NamedTuple):
    """What one partition gave, and whether there is more to read right away."""

    partition: int
    messages: list[Record]
    next_offset: int
    behind: bool


class Fetched(NamedTuple):
    """What `fetch` read."""

    parts: list[_Part]


class CaseView:
    """Every open case, the last 500 that ended, and those that ended with a page that nobody took.

    `fetch` reads the log, may block and may run in a thread; `apply` takes what it read and is quick. Invariant:
    both only read the log; each runs once at a time, and what is fetched is applied before the next fetch.
    """

    def __init__(self, reader: TopicReader, *, kept_ended: int = KEPT_ENDED) -> None:
        self._reader = reader
        self._topic = changelog("cases")
        self._kept_ended = kept_ended
        self._next: dict[int, int] = {}
        self._owners = Owners()
        self._open: dict[str, Case] = {}
        self._ended: dict[str, Case] = {}
        self._by_end: list[tuple[int, str]] = []
        self._unpaged: dict[str, Case] = {}
        self._facts: dict[str, dict[int, Fact]] = {}
        self._listeners: list[Callable[[list[Case]], None]] = []
        self.caught_up = False
        self.damaged: dict[str, str] = {}
        """By id, the cases whose newest entry cannot be read, each with the reason."""

    def listen(self, listener: Callable[[list[Case]], None]) -> Callable[[], None]:
        """Call `listener` with what each poll changed; the answer is the way to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def poll(self) -> list[Case]:
        """Read what was appended since the last poll; the cases that changed, each once, in its newest state."""
        return self.apply(self.fetch())

    def fetch(self) -> Fetched:
        """Read what was appended since what was applied last; changes nothing here.

        Raises:
            LogFault: the log cannot be read.
        """
        parts = [self._fetch_partition(number) for number in range(self._reader.partitions(self._topic))]
        return Fetched(parts)

    def apply(self, fetched: Fetched) -> list[Case]:
        """Take what was fetched; the cases that changed, each once, in its newest state."""
        changed: dict[str, Case] = {}
        for part in fetched.parts:
            for message in filter(self._owners.accept, part.messages):
                self._apply(message, changed)
            self._next[part.partition] = part.next_offset
        self.caught_up = not any(part.behind for part in fetched.parts)
        cases = list(changed.values())
        if cases:
            for listener in list(self._listeners):
                listener(cases)
        return cases

    def catch_up(self) -> list[Case]:
        """Poll until there is nothing more to read right away: for who judges by the whole state."""
        changed = {case.case_id: case for case in self.poll()}
        while not self.caught_up:
            changed.update((case.case_id, case) for case in self.poll())
        return list(changed.values())

    def get(self, case_id: str) -> Case | None:
        """The case of that id, open or among the last that ended."""
        return self._open.get(case_id) or self._ended.get(case_id)

    def open_cases(self) -> list[Case]:
        """The cases without an end, the one whose deadline comes first on top."""
        return sorted(self._open.values(), key=lambda case: (case.deadline_ms or 0, case.opened_ms))

    def ended_cases(self) -> list[Case]:
        """The cases that ended, the last one on top."""
        return sorted(self._ended.values(), key=lambda case: -(case.ended_ms or 0))

    def unpaged(self) -> list[Case]:
        """Every case that ended before PagerDuty took its page, as one does that a No contradicts afterwards."""
        return list(self._unpaged.values())

    def facts(self, case_id: str) -> list[Fact]:
        """What happened in a case, as far as its entries told it, by seq."""
        return [fact for _, fact in sorted(self._facts.get(case_id, {}).items())]

    def _fetch_partition(self, partition: int) -> _Part:
        offset = self._next.get(partition)
        if offset is None:  # from there on a reader passes over what was removed: one question less at each poll
            offset = self._reader.begin_offset(self._topic, partition)
        messages = self._reader.read(self._topic, partition, offset, READ_LIMIT)
        if messages:
            offset = messages[-1].offset + 1
        behind = bool(messages) and offset < self._reader.end_offset(self._topic, partition)
        return _Part(partition, messages, offset, behind=behind)

    def _apply(self, message: Record, changed: dict[str, Case]) -> None:
        key = (message.key or b"").decode(errors="replace")
        if message.value is None:
            self._forget(key)
            self._unpaged.pop(key, None)
            self.damaged.pop(key, None)
            changed.pop(key, None)
            return
        try:
            case = from_entry(Case, message.value)
        except msgspec.DecodeError as fault:
            self.damaged[key] = str(fault)
            return
        self.damaged.pop(key, None)
        self._keep(case)
        changed[case.case_id] = case

    def _keep(self, case: Case) -> None:
        self._facts.setdefault(case.case_id, {}).update({fact.seq: fact for fact in case.facts})
        if case.state not in ENDS:
            self._open[case.case_id] = case
            return
        self._open.pop(case.case_id, None)
        if case.page is not None and case.page.accepted_ms is None:
            self._unpaged[case.case_id] = case
        else:
            self._unpaged.pop(case.case_id, None)
        if case.case_id not in self._ended:
            heapq.heappush(self._by_end, (case.ended_ms or 0, case.case_id))
        self._ended[case.case_id] = case
        while len(self._ended) > self._kept_ended:
            self._forget(heapq.heappop(self._by_end)[1])

    def _forget(self, case_id: str) -> None:
        for kept in (self._open, self._ended, self._facts):
            kept.pop(case_id, None)
