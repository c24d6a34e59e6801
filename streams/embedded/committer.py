"""Committer: the one thread that writes; it drains its queue into one transaction, which is the group commit."""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

from streams.embedded.jobs import AnyFuture, Job, Outcome, settle
from streams.embedded.ledger import Ledger
from streams.log.faults import LogFailed

_GROUP = 1_000
"""How many jobs one transaction takes at most; the bridge's frames of 512 KB make fewer."""

_GROUP_BYTES = 16 * 1024 * 1024

Chores = Iterator[None]
"""Maintenance in bounded steps: each `next` is one small transaction."""


_WAKE = Job(lambda _ledger: None, Future())
"""Gets the thread out of its wait; nobody waits for it."""


class Committer:
    """Runs jobs in groups and chores in between, until it is closed or a commit fails.

    Invariant: after a failed commit it takes nothing more, so nothing later can be acknowledged over a hole.
    """

    def __init__(self, connection: sqlite3.Connection, ledger: Ledger, committed: Callable[[], None]) -> None:
        self._connection = connection
        self._ledger = ledger
        self._committed = committed
        self._queue: queue.SimpleQueue[tuple[Job, int] | None] = queue.SimpleQueue()
        self._chores: queue.SimpleQueue[tuple[Callable[[], Chores], asyncio.Future[None]]] = queue.SimpleQueue()
        self._running: tuple[Chores, asyncio.Future[None]] | None = None
        self._lock = threading.Lock()
        self._dead: LogFailed | None = None
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job, size: int = 0) -> None:
        """Hand over a job; `size` is its bytes, for the group's bound.

        Raises:
            LogFailed: a commit failed before, or the writer is closed.
        """
        with self._lock:
            if self._dead is not None:
                raise self._dead
            self._queue.put((job, size))

    def submit_chores(self, chores: Callable[[], Chores], future: asyncio.Future[None]) -> None:
        """Hand over maintenance, made on the thread; the future is settled when it is through.

        Raises:
            LogFailed: as `submit`.
        """
        self._chores.put((chores, future))
        self.submit(_WAKE)

    def close(self, timeout_s: float) -> None:
        """Commit what is queued, then end the thread; what comes later is refused."""
        with self._lock:
            if self._dead is None:
                self._dead = LogFailed("the log is closed")
            self._queue.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        """The thread: group after group, with a step of maintenance in between, until closed or broken."""
        group: list[Job] | None = []
        try:
            while (group := self._take()) is not None:
                if group:
                    self._commit(group)
                group = []
                self._step()
        except Exception as error:  # noqa: BLE001 - whatever it is, the log must not go on
            failure = LogFailed(f"the log cannot be written: {error}")
            failure.__cause__ = error
            self._give_up(failure, group or [])
        else:
            self._give_up(LogFailed("the log is closed"), [])

    def _take(self) -> list[Job] | None:
        """The next group; empty when only maintenance is left to do; None when closed and drained."""
        group: list[Job] = []
        size = 0
        try:
            entry = self._queue.get(block=not self._busy())
            while True:
                if entry is None:
                    self._queue.put(None)
                    return group or None
                group.append(entry[0])
                size += entry[1]
                if len(group) >= _GROUP or size >= _GROUP_BYTES:
                    return group
                entry = self._queue.get_nowait()
        except queue.Empty:
            return group

    def _busy(self) -> bool:
        return self._running is not None or not self._chores.empty()

    def _commit(self, group: list[Job]) -> None:
        """Stage every job of the group, commit once, then settle their futures."""
        results = [job.work(self._ledger) for job in group]
        self._ledger.commit()
        settle(Outcome(job.future, result) for job, result in zip(group, results, strict=True))
        self._committed()

    def _step(self) -> None:
        """One bounded step of maintenance, if any is due."""
        if self._running is None and not self._chores.empty():
            chores, future = self._chores.get()
            self._running = (chores(), future)
        if self._running is None:
            return
        steps, future = self._running
        try:
            next(steps)
        except StopIteration:
            self._running = None
            settle([Outcome(future)])

    def _give_up(self, failure: LogFailed, group: list[Job]) -> None:
        """Refuse everything from now on, and tell everyone who still waits, for this reason."""
        with self._lock:
            self._dead = failure
        waiting: list[AnyFuture] = [job.future for job in group]
        if self._running is not None:
            waiting.append(self._running[1])
        while not self._chores.empty():
            waiting.append(self._chores.get()[1])
        while not self._queue.empty():
            entry = self._queue.get()
            if entry is not None:
                waiting.append(entry[0].future)
        settle(Outcome(future, error=failure) for future in waiting)
