"""Changelog: the embedded log's side of a table's recovery."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from streams.embedded.reader import LogReader
from streams.log.record import Record
from streams.shell.failpoints import step
from streams.shell.ownership import Change

_BATCH = 5_000
"""Records a read; the reader bounds their bytes too."""


class EmbeddedChangelog:
    """Reads by a connection of its own, off the event loop. There is one writer under a lock: no epochs."""

    owned = False

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self, topic: str, starts: Mapping[int, int]) -> AsyncIterator[tuple[int, Sequence[Change]]]:
        """As `Changelog.read`."""
        for partition, offset in starts.items():
            start = offset
            while True:
                found = asyncio.to_thread(self._records, topic, partition, start)
                records = await step("recovery.read", found)
                if not records:
                    break
                yield partition, [Change(record.offset, record.key or b"", record.value) for record in records]
                start = records[-1].offset + 1

    async def census(self, topic: str, partition: int) -> int | None:
        """Live keys, counted by the database."""
        return await step("recovery.census", asyncio.to_thread(self._live_keys, topic, partition))

    def _records(self, topic: str, partition: int, offset: int) -> list[Record]:
        with LogReader(self._path) as reader:
            return reader.read(topic, partition, offset, _BATCH)

    def _live_keys(self, topic: str, partition: int) -> int:
        with LogReader(self._path) as reader:
            return reader.live_keys(topic, partition)
