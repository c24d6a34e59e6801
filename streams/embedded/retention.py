"""Retention: removes what is older than the log keeps, a few rows a transaction."""

import sqlite3
from collections.abc import Iterator

import structlog

from streams.embedded.catalog import Partition
from streams.embedded.schema import first_row, offset_of

ROWS = 500
"""How many messages one transaction removes at most: an append never waits for more than that."""

PATIENCE = 4
"""So many times the retention a guest may hold messages that it has not read: it may be gone for good."""

_log = structlog.get_logger(__name__)


def expire(connection: sqlite3.Connection, partition: Partition, now_ms: int, keep_ms: int) -> Iterator[None]:
    """Remove a partition's messages older than `keep_ms`, oldest first; each step is one transaction.

    Invariants: the next offset stays; what a reader of the plan has yet to read stays too, for a call that nobody
    has decided must not vanish because the deciders were down. Any other group that reads the topic holds what it
    has yet to read for four times as long.
    """
    offsets = _offsets(connection, partition)
    needed = min((offsets.get(group, 0) for group in partition.readers), default=partition.next_offset)
    awaited = min([needed, *(offsets.get(group, 0) for group in _others(connection, partition))])
    for _ in _remove(connection, partition, awaited, now_ms - keep_ms):
        yield
    unread = 0
    for removed in _remove(connection, partition, needed, now_ms - PATIENCE * keep_ms):
        unread += removed
        yield
    if unread:
        where = {"topic": partition.topic, "partition": partition.number}
        _log.warning("removed_unread", first=awaited, messages=unread, **where)


def _remove(connection: sqlite3.Connection, partition: Partition, end: int, before_ms: int) -> Iterator[int]:
    """Remove what is older than `before_ms` and below the offset `end`; each step says how many it removed."""
    while True:
        rows = connection.execute(
            "SELECT id, timestamp_ms FROM messages WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
            (first_row(partition.id), first_row(partition.id, end), ROWS),
        ).fetchall()
        old = [row for row, timestamp_ms in rows if timestamp_ms < before_ms]
        if not old:
            return
        connection.execute("DELETE FROM messages WHERE id >= ? AND id <= ?", (old[0], old[-1]))
        yield len(old)
        if len(old) < ROWS:
            return


def _offsets(connection: sqlite3.Connection, partition: Partition) -> dict[str, int]:
    """The first offset that each group has yet to read; one that has never committed is missing."""
    rows = connection.execute(
        "SELECT consumer, next_offset FROM offsets WHERE topic = ? AND partition = ?",
        (partition.topic, partition.number),
    )
    return dict(rows.fetchall())


def _others(connection: sqlite3.Connection, partition: Partition) -> set[str]:
    """The groups that have committed an offset of this topic, and the plan's guests that have committed any."""
    rows = connection.execute("SELECT DISTINCT consumer, topic = ? FROM offsets", (partition.topic,))
    return {group for group, reads_it in rows if reads_it or group in partition.guests} - set(partition.readers)


def begin(connection: sqlite3.Connection, partition_id: int, next_offset: int) -> int:
    """The first offset that is still there, else the next one."""
    row = connection.execute(
        "SELECT min(id) FROM messages WHERE id >= ? AND id < ?",
        (first_row(partition_id), first_row(partition_id + 1)),
    ).fetchone()
    return next_offset if row[0] is None else offset_of(row[0])
