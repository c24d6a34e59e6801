"""Log tail: the embedded log as the archivist reads it, with offsets of its own."""

import asyncio
from collections.abc import Mapping, Sequence

from streams.embedded.reader import LogReader
from streams.embedded.writer import LogWriter
from streams.log.record import Record
from streams.shell.failpoints import step


class EmbeddedTail:
    """Reads committed messages in a thread; its group's offsets are committed by the log's one writer."""

    def __init__(self, reader: LogReader, writer: LogWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._one_at_a_time = asyncio.Lock()

    async def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        """Up to `limit` messages from `offset` on."""
        async with self._one_at_a_time:
            read = asyncio.to_thread(self._read, topic, partition, offset, limit)
            return await step("tail.read", read)

    def _read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        """From the first message that retention has left, where that is later."""
        begin = max(offset, self._reader.begin_offset(topic, partition))
        return self._reader.read(topic, partition, begin, limit)

    async def committed(self, group: str, topic: str, partition: int) -> int:
        """The next offset that the group reads."""
        async with self._one_at_a_time:
            return await step("tail.committed", asyncio.to_thread(self._reader.committed, group, topic, partition))

    async def commit(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        """Durable on return."""
        await step("tail.commit", self._writer.commit_offsets(group, offsets))
