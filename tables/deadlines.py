"""Deadlines: a heap in memory of everything that must be looked at again, rebuilt from the entries."""

import heapq
from collections.abc import Iterable
from typing import NamedTuple

AGAIN_MS = 5_000
AGAIN_AT_MOST_MS = 60_000
WENT_BACK_MS = 2_000
"""A clock that is so much behind what it said before was wrong then, or is now."""


class Overdue(NamedTuple):
    """Something whose time has come: a case (or aggregate), and what about it; None is its own deadline."""

    subject: str
    what: str | None
    at_ms: int


class _Entry:
    """When to look next, and how long after that once more."""

    __slots__ = ("again_ms", "at_ms", "next_ms")

    def __init__(self, at_ms: int) -> None:
        self.at_ms = at_ms
        self.next_ms = at_ms
        self.again_ms = AGAIN_MS


class Deadlines:
    """The deadlines of one partition, epoch milliseconds of the log's clock.

    What is due comes again after 5 s until the state shows that it is gone; an unanswered effect ever more
    seldom, down to once a minute. Nothing here decides: a deadline that is told twice is told to the owner.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, str, str]] = []
        self._entries: dict[str, dict[str | None, _Entry]] = {}
        self._last_ms = 0

    def update(self, subject: str, wakes: Iterable[tuple[int, str | None]]) -> None:
        """Replace what lies ahead of a subject; what stays the same keeps its place."""
        known = self._entries.get(subject, {})
        ahead: dict[str | None, _Entry] = {}
        for at_ms, what in wakes:
            entry = known.get(what)
            if entry is None or entry.at_ms != at_ms:
                entry = _Entry(at_ms)
                heapq.heappush(self._heap, (at_ms, subject, what or ""))
            ahead[what] = entry
        if ahead:
            self._entries[subject] = ahead
        else:
            self._entries.pop(subject, None)

    def due(self, now_ms: int, limit: int = 1_000) -> list[Overdue]:
        """What is due now, at most `limit` of it; each is put back for later."""
        if now_ms < self._last_ms - WENT_BACK_MS:
            self._begin_again()
        self._last_ms = now_ms
        found: list[Overdue] = []
        while self._heap and self._heap[0][0] <= now_ms and len(found) < limit:
            next_ms, subject, name = heapq.heappop(self._heap)
            what = name or None
            entry = self._entries.get(subject, {}).get(what)
            if entry is None or entry.next_ms != next_ms:
                continue  # replaced or gone since it was pushed
            found.append(Overdue(subject, what, entry.at_ms))
            entry.next_ms = now_ms + entry.again_ms
            if what is not None and ":" in what:
                entry.again_ms = min(entry.again_ms * 2, AGAIN_AT_MOST_MS)
            heapq.heappush(self._heap, (entry.next_ms, subject, name))
        return found

    def _begin_again(self) -> None:
        """What a clock that ran ahead has put off is due at its own time again; told twice, it is harmless."""
        for entries in self._entries.values():
            for entry in entries.values():
                entry.next_ms = entry.at_ms
        self._heap = [
            (entry.at_ms, subject, what or "")
            for subject, entries in self._entries.items()
            for what, entry in entries.items()
        ]
        heapq.heapify(self._heap)

    def __len__(self) -> int:
        return len(self._entries)
