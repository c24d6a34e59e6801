"""Log reader: reads the embedded log, from any process, while the writer runs or after it ended."""

from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from streams.embedded.compaction import live_keys
from streams.embedded.log_clock import load_clock
from streams.embedded.retention import begin
from streams.embedded.schema import first_row, offset_of, open_reader, reading
from streams.log.faults import UnknownTopic
from streams.log.record import Record

MAX_BYTES = 8 * 1024 * 1024
"""How much one read returns at most, unless a single message is larger."""


class _Key(NamedTuple):
    topic: str
    partition: int


class LogReader:
    """A read-only view of committed messages. One thread at a time; each call is its own short transaction."""

    def __init__(self, path: Path) -> None:
        """Open the log.

        Raises:
            LogUnusable: there is no log at `path`, or it cannot be read.
        """
        self._path = path
        self._connection = open_reader(path)
        self._ids: dict[_Key, int] = {}
        try:
            with reading(path):
                self.clock = load_clock(self._connection)
        except BaseException:
            self._connection.close()
            raise

    def topics(self) -> list[str]:
        """The names of all topics, sorted."""
        return [name for (name,) in self._rows("SELECT name FROM topics ORDER BY name")]

    def partitions(self, topic: str) -> int:
        """How many partitions a topic has.

        Raises:
            UnknownTopic: the log has no such topic.
        """
        rows = self._rows("SELECT partitions FROM topics WHERE name = ?", topic)
        if not rows:
            raise UnknownTopic(f"the log has no topic {topic!r}")
        count: int = rows[0][0]
        return count

    def end_offset(self, topic: str, partition: int) -> int:
        """The offset that the next message of the partition gets; never falls."""
        offset: int = self._rows("SELECT next_offset FROM partitions WHERE id = ?", self._id(topic, partition))[0][
            0
        ]
        return offset

    def begin_offset(self, topic: str, partition: int) -> int:
        """The offset of the oldest message that is still there; the end offset if there is none."""
        partition_id, end = self._id(topic, partition), self.end_offset(topic, partition)
        with reading(self._path):
            return begin(self._connection, partition_id, end)

    def read(
        self, topic: str, partition: int, offset: int, limit: int, max_bytes: int = MAX_BYTES
    ) -> list[Record]:
        """Up to `limit` messages from `offset` on, at most `max_bytes` of values but at least one message.

        Offsets may have gaps where compaction or retention removed something.
        """
        partition_id = self._id(topic, partition)
        records: list[Record] = []
        size = 0
        with reading(self._path):
            cursor = self._connection.execute(
                "SELECT id, timestamp_ms, key, value FROM messages WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
                (first_row(partition_id, offset), first_row(partition_id + 1), limit),
            )
            for row, timestamp_ms, key, value in cursor:
                size += len(value or b"")
                if records and size > max_bytes:
                    break
                records.append(Record(topic, partition, offset_of(row), timestamp_ms, key, value))
            cursor.close()
        return records

    def committed(self, group: str, topic: str, partition: int) -> int:
        """The next offset that a group reads; 0 if it has never committed."""
        return self.remembered(group, topic, partition) or 0

    def remembered(self, group: str, topic: str, partition: int) -> int | None:
        """The same, but None where it has never committed."""
        rows = self._rows(
            "SELECT next_offset FROM offsets WHERE consumer = ? AND topic = ? AND partition = ?",
            group,
            topic,
            partition,
        )
        return int(rows[0][0]) if rows else None

    def live_keys(self, topic: str, partition: int) -> int:
        """How many keys of a compacted topic's partition have a value."""
        partition_id = self._id(topic, partition)
        with reading(self._path):
            return live_keys(self._connection, partition_id)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def _id(self, topic: str, partition: int) -> int:
        """The partition's id, kept once it is known.

        Raises:
            UnknownTopic: the log has no such partition.
        """
        key = _Key(topic, partition)
        if key not in self._ids:
            rows = self._rows("SELECT id FROM partitions WHERE topic = ? AND partition = ?", topic, partition)
            if not rows:
                raise UnknownTopic(f"the log has no partition {partition} of topic {topic!r}")
            self._ids[key] = rows[0][0]
        return self._ids[key]

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with reading(self._path):
            return self._connection.execute(sql, values).fetchall()
