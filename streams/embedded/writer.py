"""Log writer: the one process that appends to the embedded log."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Self

from streams.clock import Clock, wall_clock
from streams.embedded.catalog import Catalog, apply_plan, load_catalog
from streams.embedded.committer import Chores, Committer
from streams.embedded.compaction import MIN_DIRTY, Compactor
from streams.embedded.jobs import AnyFuture, Job, on_loop
from streams.embedded.ledger import Ledger, Placed
from streams.embedded.location import LogLocation
from streams.embedded.lock import WriterLock
from streams.embedded.log_clock import clock_speed, load_clock, set_anchor
from streams.embedded.retention import expire
from streams.embedded.schema import open_writer
from streams.log.faults import LogNotOpened, LogUnusable
from streams.log.record import Position
from streams.shell.message import Send
from streams.topics import Retention, TopicPlan

_DAY_MS = 86_400_000
_CLOSE_S = 20.0


class LogWriter:
    """Appends, commits of offsets and maintenance, each durable (fsync) before its future resolves.

    Messages of one call land in one transaction; calls that wait together share one (group commit). `clock` is
    the log's clock; append times are its, and never fall within a partition.
    """

    def __init__(
        self,
        location: LogLocation,
        lock: WriterLock,
        connection: sqlite3.Connection,
        plan: Sequence[TopicPlan],
        days: int,
    ) -> None:
        self.path = location.path
        self.clock: Clock = load_clock(connection)
        self._lock = lock
        self._connection = connection
        self._retention_ms = days * _DAY_MS
        self._catalog = load_catalog(connection, plan)
        self._compactors = {
            partition: Compactor(partition)
            for partition in self._catalog.all()
            if partition.retention is Retention.COMPACT
        }
        self._watchers: list[tuple[asyncio.AbstractEventLoop, Callable[[], None]]] = []
        self._committer = Committer(connection, Ledger(connection, self.clock), self._tell)

    @classmethod
    def open(
        cls, location: LogLocation, plan: Sequence[TopicPlan], retention_days: int, *, wait_s: float = 0.0
    ) -> Self:
        """Become the writer of this log, making the file and the plan's topics where they are missing.

        Waits up to `wait_s` seconds for a writer that is about to end.

        Raises:
            LogInUse: another process is the writer; the text names it.
            LogUnusable: the file is no log, or has other partition counts or another clock.
            LogNotOpened: the disk or the system does not let us write it, now.
        """
        lock = WriterLock.take(location.path, wait_s)
        try:
            connection = _open(location)
            apply_plan(connection, plan)
            set_anchor(connection)
            return cls(location, lock, connection, plan, retention_days)
        except (sqlite3.Error, OSError) as error:
            lock.release()
            foreign = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB
            kind = LogUnusable if foreign else LogNotOpened
            raise kind(f"cannot use {location.path} as the log: {error}") from error
        except BaseException:
            lock.release()
            raise

    @property
    def catalog(self) -> Catalog:
        """The topics and partitions; read-only for others."""
        return self._catalog

    def append(self, sends: Sequence[Send]) -> asyncio.Future[list[Position]]:
        """Append from the event loop's thread; the future resolves once all of them are durable.

        Raises:
            UnknownTopic, ValueError: a send has no place in this log; nothing is appended.
            LogFailed: the writer is dead or closed.
        """
        future: asyncio.Future[list[Position]] = asyncio.get_running_loop().create_future()
        self._submit(future, sends)
        return future

    def append_blocking(self, sends: Sequence[Send], timeout_s: float = 30.0) -> list[Position]:
        """Append from any other thread; returns once all of them are durable.

        Raises:
            As `append`; TimeoutError: not durable within `timeout_s` (it may still become so).
        """
        future: Future[list[Position]] = Future()
        self._submit(future, sends)
        return future.result(timeout_s)

    def commit_offsets(self, group: str, offsets: Mapping[tuple[str, int], int]) -> asyncio.Future[None]:
        """Store the next offset that a group reads of each (topic, partition); durable when it resolves."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        kept = dict(offsets)
        self._committer.submit(Job(lambda ledger: ledger.commit_offsets(group, kept), future))
        return future

    def maintain(self, *, min_dirty: int = MIN_DIRTY) -> asyncio.Future[None]:
        """Remove what retention and compaction allow, in small transactions between the appends.

        Invariant: no next offset falls, whatever is removed.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._committer.submit_chores(lambda: self._chores(min_dirty), future)
        return future

    def watch(self, loop: asyncio.AbstractEventLoop, committed: Callable[[], None]) -> None:
        """Call back on that event loop after each commit."""
        self._watchers.append((loop, committed))

    def close(self) -> None:
        """Commit what is queued and give the lock back; further appends raise LogFailed."""
        self._committer.close(_CLOSE_S)
        self._connection.close()
        self._lock.release()

    def _submit(self, future: AnyFuture, sends: Sequence[Send]) -> None:
        placed = [Placed(self._catalog.place(send), send) for send in sends]
        size = sum(len(send.value or b"") for send in sends)
        self._committer.submit(Job(lambda ledger: ledger.append(placed), future), size)

    def _chores(self, min_dirty: int) -> Chores:
        """Maintenance of every partition, one bounded transaction a step."""
        now_ms = self.clock()
        for partition in self._catalog.all():
            steps: Iterator[None] = iter(())
            if partition.retention is Retention.DAYS:
                steps = expire(self._connection, partition, now_ms, self._retention_ms)
            elif partition.retention is Retention.COMPACT:
                steps = self._compactors[partition].steps(self._connection, now_ms, min_dirty)
            yield from steps

    def _tell(self) -> None:
        for loop, committed in self._watchers:
            on_loop(loop, committed)


def _open(location: LogLocation) -> sqlite3.Connection:
    """The writing connection, once the clock is known to be the file's."""
    connection = open_writer(location.path, wall_clock(), location.clock_speed)
    speed = clock_speed(connection)
    if speed != location.clock_speed:
        connection.close()
        raise LogUnusable(
            f"the clock of {location.path} runs at {speed:g} times the wall's, the URL says "
            f"{location.clock_speed:g}; append times must not fall: use the same clock_speed, or a new file"
        )
    return connection
