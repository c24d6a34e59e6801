"""The two logs for tests, in one shape."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from streams.embedded.location import LogLocation
from streams.embedded.reader import LogReader
from streams.embedded.writer import LogWriter
from streams.log.opening import mend_topics, open_kafka_appender, open_kafka_offsets, open_log_reader
from streams.log.record import Position, Record
from streams.partitioner import partition_of
from streams.settings.model import LogSettings
from streams.shell.message import Send
from streams.topics import Retention, TopicPlan
from tests.support.kafka import KafkaServer

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
        await self.close()
        self.__init__(self._path)

    async def close(self) -> None:
        """Close reader and writer."""
        await asyncio.to_thread(self._reader.close)
        await asyncio.to_thread(self.writer.close)


def kafka_settings(server: KafkaServer, partitions: int = 4) -> LogSettings:
    """A log on that server, with as many copies as it has brokers."""
    copies = len(server.nodes)
    return LogSettings(url=server.url, partitions=partitions, replication=copies, min_insync=(copies + 1) // 2)


class KafkaLog:
    """A log on a real Kafka, as the contract tests see a log; its topics are made by the product."""

    def __init__(self, server: KafkaServer) -> None:
        self._server = server
        self.settings = kafka_settings(server)
        self._given: set[Position] = set()
        assert mend_topics(self.settings) == []
        self._open()

    def _open(self) -> None:
        self._reader = open_log_reader(self.settings)
        self._appender = open_kafka_appender(self.settings)
        self._offsets = open_kafka_offsets(self.settings)

    async def append(self, *sends: Send) -> list[Position]:
        """Durable on return; the positions are looked for afterwards, each message that is there given once."""
        await self._appender.append(sends)
        return [await self._position(send) for send in sends]

    async def _position(self, send: Send) -> Position:
        place = send.topic, self._partition(send)
        for record in await self.read(*place):
            position = Position(*place, record.offset, record.timestamp_ms)
            if (record.key, record.value) == (send.key, send.value) and position not in self._given:
                self._given.add(position)
                return position
        raise AssertionError(f"{send} was appended and is not there")

    def _partition(self, send: Send) -> int:
        return partition_of(send.key or b"", 4) if send.partition is None else send.partition

    async def read(self, topic: str, partition: int, offset: int = 0, limit: int = 1000) -> list[Record]:
        """Messages from an offset on."""
        return await asyncio.to_thread(self._reader.read, topic, partition, offset, limit)

    async def ends(self, topic: str, partition: int) -> tuple[int, int]:
        """Begin and end offset."""
        begin = await asyncio.to_thread(self._reader.begin_offset, topic, partition)
        return begin, await asyncio.to_thread(self._reader.end_offset, topic, partition)

    async def commit(self, group: str, topic: str, partition: int, offset: int) -> None:
        """Durable on return."""
        await self._offsets.commit(group, {(topic, partition): offset})

    async def committed(self, group: str, topic: str, partition: int) -> int:
        """The next offset that a group reads."""
        return await asyncio.to_thread(self._reader.committed, group, topic, partition)

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has."""
        return await asyncio.to_thread(self._reader.partitions, topic)

    async def reopen(self) -> None:
        """Kill the broker and start it again; nobody had time to put anything in order."""
        for node in self._server.nodes:
            node.kill()
        await self.close()
        for node in self._server.nodes:
            node.start()
        await asyncio.to_thread(self._server.wait)
        self._open()

    async def close(self) -> None:
        """Close reader, appender and offsets."""
        await asyncio.to_thread(self._reader.close)
        await self._appender.close()
        await self._offsets.close()
