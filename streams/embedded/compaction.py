"""Compaction: keeps the last value of each key of a changelog, a few rows a transaction."""

import sqlite3
from collections.abc import Iterator

from streams.embedded.catalog import Partition
from streams.embedded.schema import first_row

ROWS = 500
"""How many messages one transaction removes, and how many one step reads ahead (times four)."""

MIN_DIRTY = 1_000
"""How many messages must have come since the last pass before another one is worth it."""

TOMBSTONE_MS = 24 * 3_600_000
"""How long a removal stays readable, for those who follow a changelog from outside, as Kafka's default."""


class Compactor:
    """Compacts one partition; remembers in memory how far the last pass came."""

    def __init__(self, partition: Partition) -> None:
        self._partition = partition
        self._clean_to = 0
        self._kept = 0

    def steps(self, connection: sqlite3.Connection, now_ms: int, min_dirty: int) -> Iterator[None]:
        """Remove superseded messages and old tombstones; each step is one bounded transaction.

        Invariants: the last message of the partition stays (recovery waits for that offset), the next offset
        stays, and a tombstone leaves only after everything it removed has left.
        """
        end = self._partition.next_offset
        if end - self._clean_to < max(min_dirty, self._kept):
            return
        last: dict[bytes | None, int] = {}
        tombstones: set[int] = set()
        rows: list[int] = []
        for row, key, timestamp_ms, removed in _scan(connection, self._partition.id, end):
            rows.append(row)
            last[key] = row
            if removed and timestamp_ms < now_ms - TOMBSTONE_MS:
                tombstones.add(row)
            if len(rows) % (4 * ROWS) == 0:
                yield
        keep = set(last.values()) - tombstones
        doomed = [row for row in rows[:-1] if row not in keep]
        for start in range(0, len(doomed), ROWS):
            connection.executemany(
                "DELETE FROM messages WHERE id = ?", [(row,) for row in doomed[start : start + ROWS]]
            )
            yield
        self._clean_to, self._kept = end, len(rows) - len(doomed)


def _scan(
    connection: sqlite3.Connection, partition_id: int, end: int
) -> Iterator[tuple[int, bytes | None, int, bool]]:
    """Row, key, time and whether it is a tombstone, of each message below `end`; no read stays open between."""
    row = first_row(partition_id)
    while True:
        piece = connection.execute(
            "SELECT id, key, timestamp_ms, value IS NULL FROM messages"
            " WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
            (row, first_row(partition_id, end), ROWS),
        ).fetchall()
        yield from piece
        if len(piece) < ROWS:
            return
        row = piece[-1][0] + 1


def live_keys(connection: sqlite3.Connection, partition_id: int) -> int:
    """How many keys of a changelog's partition have a value: what a table must have recovered."""
    rows = connection.execute(
        "SELECT count(*) FROM (SELECT max(id), value IS NULL AS removed FROM messages"
        " WHERE id >= ? AND id < ? GROUP BY key) WHERE NOT removed",
        (first_row(partition_id), first_row(partition_id + 1)),
    )
    count: int = rows.fetchone()[0]
    return count
