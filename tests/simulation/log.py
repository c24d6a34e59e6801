"""Log: topics, partitions, offsets, append times and acknowledged positions, in memory, as Kafka keeps them."""

from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

from streams.log.record import Record
from streams.partitioner import partition_of
from streams.shell.message import Send
from streams.shell.ownership import epoch_in
from streams.topics import APP_ID, plan

Clock = Callable[[], int]


class Write(NamedTuple):
    """One changelog record with the epoch it was written under."""

    record: Record
    epoch: int


class SimLog:
    """What is appended here is durable; append times are the log's own clock and never fall in a partition."""

    def __init__(self, clock: Clock, partitions: int) -> None:
        self.clock = clock
        self.count = partitions
        self._topics = {one.name for one in plan(partitions)}
        self._stored: defaultdict[tuple[str, int], list[Record]] = defaultdict(list)
        self.epochs: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
        self.offsets: dict[tuple[str, int], int] = {}
        self.listeners: list[Callable[[str, int], None]] = []

    def append(self, send: Send) -> Record:
        """Store one message, durably."""
        partition = send.partition if send.partition is not None else partition_of(send.key or b"", self.count)
        assert send.topic in self._topics, f"no such topic: {send.topic}"
        stored = self._stored[send.topic, partition]
        now_ms = max(self.clock(), stored[-1].timestamp_ms if stored else 0)
        epoch = epoch_in(send.headers)
        stored.append(Record(send.topic, partition, len(stored), now_ms, send.key, send.value, epoch))
        self.epochs[send.topic, partition].append(epoch)
        for listener in self.listeners:
            listener(send.topic, partition)
        return stored[-1]

    def writes(self, topic: str, partition: int, begin: int) -> list[Write]:
        """A changelog's records from an offset on."""
        found = self._stored[topic, partition][begin:]
        return [Write(*pair) for pair in zip(found, self.epochs[topic, partition][begin:], strict=True)]

    def commit(self, topic: str, partition: int, offset: int) -> None:
        """The group's acknowledged position; it never falls."""
        self.offsets[topic, partition] = max(offset, self.offsets.get((topic, partition), 0))

    def topics(self) -> list[str]:
        return sorted({topic for topic, _ in self._stored})

    def partitions(self, topic: str) -> int:
        return self.count

    def begin_offset(self, topic: str, partition: int) -> int:
        return 0

    def end_offset(self, topic: str, partition: int) -> int:
        return len(self._stored[topic, partition])

    def read(self, topic: str, partition: int, offset: int, limit: int) -> list[Record]:
        return self._stored[topic, partition][offset : offset + limit]

    def committed(self, group: str, topic: str, partition: int) -> int:
        assert group == APP_ID
        return self.offsets.get((topic, partition), 0)

    def close(self) -> None:
        """Memory needs no closing."""
