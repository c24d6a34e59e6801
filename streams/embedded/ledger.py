"""Ledger: what one group commit writes, in one transaction."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from streams.clock import Clock
from streams.embedded.catalog import Partition
from streams.embedded.schema import first_row
from streams.log.record import Position
from streams.shell.failpoints import failpoint
from streams.shell.message import Send


class Placed(NamedTuple):
    """A message and the partition that it goes to."""

    partition: Partition
    send: Send


class Ledger:
    """Stages appends and offsets of a group, then commits them together; used by the writer's thread only."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._rows: list[tuple[int, int, bytes | None, bytes | None]] = []
        self._offsets: dict[tuple[str, str, int], int] = {}
        self._touched: dict[int, Partition] = {}

    def append(self, messages: Sequence[Placed]) -> list[Position]:
        """Give each message the next offset of its partition, and the time, which never falls in a partition."""
        now_ms = self._clock()
        positions: list[Position] = []
        for partition, send in messages:
            offset = partition.next_offset
            partition.next_offset = offset + 1
            partition.last_ms = max(now_ms, partition.last_ms)
            self._touched[partition.id] = partition
            self._rows.append((first_row(partition.id, offset), partition.last_ms, send.key, send.value))
            positions.append(Position(partition.topic, partition.number, offset, partition.last_ms))
        return positions

    def commit_offsets(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        """Remember how far a consumer group has come: the next offset that it reads."""
        for (topic, partition), offset in offsets.items():
            self._offsets[group, topic, partition] = offset

    def commit(self) -> None:
        """Write everything staged in one transaction; returns after the fsync.

        Raises:
            sqlite3.Error: nothing was written (disk full, I/O error).
        """
        failpoint("log.begin")
        execute = self._connection.execute
        write = self._connection.executemany
        execute("BEGIN IMMEDIATE")
        write("INSERT INTO messages VALUES (?, ?, ?, ?)", self._rows)
        write(
            "UPDATE partitions SET next_offset = ?, last_ms = ? WHERE id = ?",
            [(partition.next_offset, partition.last_ms, partition.id) for partition in self._touched.values()],
        )
        write(
            "INSERT INTO offsets VALUES (?, ?, ?, ?)"
            " ON CONFLICT (consumer, topic, partition) DO UPDATE SET next_offset = excluded.next_offset",
            [(*key, offset) for key, offset in self._offsets.items()],
        )
        failpoint("log.commit.before")
        execute("COMMIT")
        failpoint("log.commit.after")
        for partition in self._touched.values():
            partition.end_offset = partition.next_offset
        self._rows.clear()
        self._touched.clear()
        self._offsets.clear()
