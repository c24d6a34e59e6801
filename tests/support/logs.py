"""Embedded logs for tests."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from streams.embedded.location import LogLocation
from streams.embedded.reader import LogReader
from streams.embedded.writer import LogWriter
from streams.log.record import Position, Record
from streams.shell.message import Send
from streams.topics import Retention, TopicPlan

PLAN = [
    TopicPlan("calls", 4, Retention.DAYS),
    TopicPlan("verdicts", 4, Retention.DAYS),
    TopicPlan("case-log", 4, Retention.KEEP),
    TopicPlan("countersign-seen-changelog", 4, Retention.COMPACT),
]
CHANGELOG = "countersign-seen-changelog"


def open_writer(path: Path, *, days: int = 7, plan: Sequence[TopicPlan] = PLAN, speed: float = 1.0) -> LogWriter:
    """The writer of a log for tests."""
    return LogWriter.open(LogLocation(path, speed), plan, days)


class EmbeddedLog:
    """The embedded log as the contract tests see a log; a Kafka of the same shape can take its place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.writer = open_writer(path)
        self._reader = LogReader(path)

    async def append(self, *sends: Send) -> list[Position]:
        """Durable on return."""
        return await self.writer.append(sends)

    async def read(self, topic: str, partition: int, offset: int = 0, limit: int = 1000) -> list[Record]:
        """Messages from an offset on."""
        return self._reader.read(topic, partition, offset, limit)

    async def ends(self, topic: str, partition: int) -> tuple[int, int]:
        """Begin and end offset."""
        return self._reader.begin_offset(topic, partition), self._reader.end_offset(topic, partition)

    async def commit(self, group: str, topic: str, partition: int, offset: int) -> None:
        """Durable on return."""
        await self.writer.commit_offsets(group, {(topic, partition): offset})

    async def committed(self, group: str, topic: str, partition: int) -> int:
        """The next offset that a group reads."""
        return self._reader.committed(group, topic, partition)

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has."""
        return self._reader.partitions(topic)

    async def reopen(self) -> None:
        """Close and open again, as a restart does."""
        await asyncio.to_thread(self.close)
        self.__init__(self._path)

    def close(self) -> None:
        """Close reader and writer."""
        self._reader.close()
        self.writer.close()
