"""Deadlines: a heap in memory of everything that must be looked at again, rebuilt from the entries."""

import heapq
from collections.abc import Callable, Iterable
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


class _PutOff:
    """What was told already: when to tell it again, and how long after that once more."""

    __slots__ = ("again_ms", "at_ms", "next_ms")

    def __init__(self, at_ms: int) -> None:
        self.at_ms = at_ms
        self.next_ms = at_ms
        self.again_ms = AGAIN_MS


Ahead = tuple[int, str | None]
"""Something that lies ahead of a subject: when, and what."""


class Deadlines:
    """The deadlines of one partition, epoch milliseconds of the log's clock.

    What is due comes again after 5 s until the state shows that it is gone; an unanswered effect ever more
    seldom, down to once a minute. Nothing here decides: a deadline that is told twice is told to the owner.

    Most of a million subjects wait for hours, so of each only its next time is kept here. When that has come,
    `ahead` says what there is, nothing of a subject that is gone. It must answer as `update` was last told.
    """

    def __init__(self, ahead: Callable[[str], Iterable[Ahead]]) -> None:
        self._ahead = ahead
        self._heap: list[tuple[int, str]] = []
        self._next: dict[str, tuple[int, str]] = {}  # the very tuples of the heap that count
        self._put_off: dict[str, dict[str | None, _PutOff]] = {}
        self._last_ms = 0

    def load(self, subjects: Iterable[tuple[str, int | None]]) -> None:
        """Take up subjects of which none was told before, each with its next time."""
        for subject, next_ms in subjects:
            if next_ms is not None:
                look = self._next[subject] = (next_ms, subject)
                self._heap.append(look)
        heapq.heapify(self._heap)

    def update(self, subject: str, wakes: Iterable[Ahead]) -> None:
        """Replace what lies ahead of a subject; what stays the same keeps its place."""
        ahead = list(wakes)
        told = self._put_off.pop(subject, None)
        if told:
            still = {what: told[what] for at_ms, what in ahead if what in told and told[what].at_ms == at_ms}
            if still:
                self._put_off[subject] = still
        self._look_again(subject, ahead)

    def due(self, now_ms: int, limit: int = 1_000) -> list[Overdue]:
        """What is due now, at most `limit` of it; each is put back for later."""
        if now_ms < self._last_ms - WENT_BACK_MS:
            self._begin_again()
        self._last_ms = now_ms
        found: list[Overdue] = []
        while self._heap and self._heap[0][0] <= now_ms and len(found) < limit:
            look = heapq.heappop(self._heap)
            next_ms, subject = look
            if self._next.get(subject) is not look:
                continue  # replaced or gone since it was pushed
            ahead = list(self._ahead(subject))
            ready = [one for one in ahead if self._look_ms(subject, *one) <= next_ms]
            for at_ms, what in sorted(ready, key=lambda one: one[1] or "")[: limit - len(found)]:
                found.append(Overdue(subject, what, at_ms))
                self._tell_later(subject, what, at_ms, now_ms)
            self._look_again(subject, ahead, popped=True)
        return found

    def _look_ms(self, subject: str, at_ms: int, what: str | None) -> int:
        """When to look at something: at its time, or when it was put off to."""
        told = self._put_off.get(subject, {}).get(what)
        return at_ms if told is None or told.at_ms != at_ms else told.next_ms

    def _look_again(self, subject: str, ahead: Iterable[Ahead], *, popped: bool = False) -> None:
        """Put a subject onto the heap, unless it lies there already."""
        put_off = subject in self._put_off
        times = [self._look_ms(subject, at_ms, what) if put_off else at_ms for at_ms, what in ahead]
        next_ms = min(times, default=None)
        before = self._next.get(subject)
        if next_ms is None:
            self._next.pop(subject, None)
        elif before is None or popped or before[0] != next_ms:
            look = self._next[subject] = (next_ms, before[1] if before else subject)
            heapq.heappush(self._heap, look)

    def _tell_later(self, subject: str, what: str | None, at_ms: int, now_ms: int) -> None:
        told = self._put_off.setdefault(subject, {})
        if what not in told or told[what].at_ms != at_ms:
            told[what] = _PutOff(at_ms)
        told[what].next_ms = now_ms + told[what].again_ms
        if what is not None and ":" in what:
            told[what].again_ms = min(told[what].again_ms * 2, AGAIN_AT_MOST_MS)

    def _begin_again(self) -> None:
        """What a clock that ran ahead has put off is due at its own time again; told twice, it is harmless."""
        put_off, self._put_off = self._put_off, {}
        for subject in put_off:
            self._look_again(subject, self._ahead(subject))

    def __len__(self) -> int:
        return len(self._next)
