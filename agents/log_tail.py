"""Log tail: the log as the archivist reads it, with offsets of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from streams.log.reader import OpenLog
from streams.log.record import Record
from streams.shell.failpoints import step

Commit = Callable[[str, Mapping[tuple[str, int], int]], Awaitable[None]]
"""Stores, durably, the next offset that a group reads of each (topic, partition)."""


class LogTail:
    """Reads committed messages in a thread, one call at a time; `commit` is the log's own way to keep offsets."""

    def __init__(self, reader: OpenLog, commit: Commit) -> None:
        self._reader = reader
        self._commit = commit
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
        await step("tail.commit", self._commit(group, offsets))
