"""Waits: which calls of a partition wait for a grant, found by the key they wait for and by when it is over."""

import heapq
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from streams.records.seen import Wait

MAX_WAITING = 2_000
MAX_WAITING_BYTES = 8_000_000
"""Beyond these a call does not wait: it is decided by what is known, and so pages rather than asks."""

IN_FLIGHT = 64
"""How many messages back a redelivery may still owe outputs, with room: the shell has 16 in flight."""


class _Waiting(NamedTuple):
    position: int
    wait: Wait
    size: int


def waiting_key(position: int, mark: bytes) -> bytes:
    """The key of the entry that holds a waiting call whole."""
    return b"w%d:%s" % (position, mark.hex().encode())


def _parts_of(key: bytes) -> tuple[int, bytes]:
    position, _, mark = key[1:].partition(b":")
    return int(position), bytes.fromhex(mark.decode())


def is_waiting_key(key: bytes) -> bool:
    """Whether that entry holds a waiting call."""
    return key.startswith(b"w")


class Waits:
    """The waits of one partition; entries may be told in any order, as a recovered table tells them."""

    def __init__(self) -> None:
        self._waiting: dict[bytes, _Waiting] = {}
        self._by_key: dict[str, dict[bytes, None]] = {}
        self._ahead: list[tuple[int, bytes]] = []
        self._settled: dict[bytes, int] = {}
        self._done: deque[tuple[int, bytes]] = deque()
        self._orphans: dict[bytes, int] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def has_room(self, size: int) -> bool:
        """Whether one more call of that many bytes may wait."""
        return len(self._waiting) < MAX_WAITING and self._bytes + size <= MAX_WAITING_BYTES

    def add(self, mark: bytes, position: int, wait: Wait, size: int) -> None:
        """A call waits from now on, unless it is known to be settled."""
        self._orphans.pop(waiting_key(position, mark), None)
        settled_at = self._settled.pop(mark, None)
        if settled_at is not None:
            self._done.append((settled_at, waiting_key(position, mark)))
            return
        self._waiting[mark] = _Waiting(position, wait, size)
        self._by_key.setdefault(wait.key, {})[mark] = None
        heapq.heappush(self._ahead, (wait.until_ms, mark))
        self._bytes += size

    def settle(self, mark: bytes, at: int) -> None:
        """The call was decided by the message at position `at`."""
        waiting = self._waiting.pop(mark, None)
        if waiting is None:
            self._settled[mark] = at
            return
        marks = self._by_key[waiting.wait.key]
        del marks[mark]
        if not marks:
            del self._by_key[waiting.wait.key]
        self._bytes -= waiting.size
        self._done.append((at, waiting_key(waiting.position, mark)))

    def loaded(self, kept: Iterable[bytes]) -> None:
        """A table was recovered, all of it; `kept` are the keys of the calls that it holds whole.

        Of some no entry says that they wait: it was swept, or it was not durable yet when the worker died, and the
        frame is still to come again.
        """
        told = {waiting_key(one.position, mark) for mark, one in self._waiting.items()}
        told.update(key for _, key in self._done)
        for key in kept:
            if key not in told:
                began, mark = _parts_of(key)
                if mark in self._settled:
                    self._done.append((self._settled[mark], key))
                else:
                    self._orphans[key] = began
        self._settled.clear()
        self._done = deque(sorted(self._done))

    def position(self, mark: bytes) -> int | None:
        """Where a call began to wait that still does."""
        waiting = self._waiting.get(mark)
        return None if waiting is None else waiting.position

    def of_key(self, key: str) -> list[bytes]:
        """The calls that wait for a grant of that key, in the order of their arrival."""
        return list(self._by_key.get(key, ()))

    def next_ms(self) -> int | None:
        """When the next wait is over."""
        while self._ahead and self._ahead[0][1] not in self._waiting:
            heapq.heappop(self._ahead)
        return self._ahead[0][0] if self._ahead else None

    def over(self, now_ms: int, limit: int) -> list[bytes]:
        """The calls whose wait is over, at most so many of them; they wait on until they are settled."""
        found: list[bytes] = []
        while len(found) < limit and (at_ms := self.next_ms()) is not None and at_ms <= now_ms:
            found.append(heapq.heappop(self._ahead)[1])
        for mark in found:
            heapq.heappush(self._ahead, (self._waiting[mark].wait.until_ms, mark))
        return found

    def forgettable(self, position: int) -> list[bytes]:
        """The keys of the calls that nobody can owe anything of any more, at a message of that position."""
        found = []
        while self._done and self._done[0][0] <= position - IN_FLIGHT:
            found.append(self._done.popleft()[1])
        if self._orphans:
            lost = [key for key, began in self._orphans.items() if began <= position - IN_FLIGHT]
            for key in lost:
                del self._orphans[key]
            found += lost
        return found
