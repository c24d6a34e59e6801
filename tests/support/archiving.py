"""The archivist over an embedded log, against a real Elasticsearch: in a test, or as a process that can be killed.

Run as `python -m tests.support.archiving LOG URL`; it ends by itself once everything on the log is carried.
"""

import asyncio
import random
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from elasticsearch import AsyncElasticsearch

from agents.archivist import GROUP, Archivist
from agents.clients.elasticsearch import ElasticsearchClient
from agents.clients.patience import Patience
from agents.documents.entry import BUILDERS
from agents.log_tail import LogTail
from streams.embedded.reader import LogReader
from streams.shell.message import Send
from streams.topics import plan
from tests.support.logs import open_writer

PARTITIONS = 2
UNTIL_S = 40.0


class Archiving:
    """One log with its writer, and the archivist's client; documents are read with a client of the test's own."""

    def __init__(self, path: Path, url: str) -> None:
        self._writer = open_writer(path, plan=plan(PARTITIONS))
        self._reader = LogReader(path)
        self._tailed = LogReader(path)
        self.client = ElasticsearchClient(url=url)
        self.search = AsyncElasticsearch(url, request_timeout=30)

    async def append(self, topic: str, *values: bytes | None, partition: int = 0, key: bytes = b"k") -> None:
        """Durable on return."""
        await self._writer.append([Send(topic, key, value, partition) for value in values])

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Archivist]:
        """An archivist for as long as the block runs; if it fails, so does the block."""
        archivist = Archivist(
            tail=LogTail(self._tailed, self._writer.commit_offsets),
            client=self.client,
            owned=lambda: range(PARTITIONS),
            rng=random.Random(7),
            waits=Patience(base_s=0.05, cap_s=0.5),
            idle_s=0.02,
        )
        task = asyncio.create_task(archivist.run())
        try:
            yield archivist
            assert not task.done(), task.exception()
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(UNTIL_S):
            while not holds():  # noqa: ASYNC110 - it waits for anything a caller can name
                await asyncio.sleep(0.01)

    def carried(self) -> bool:
        """Whether the archivist has committed everything that is on the log."""
        return all(
            self._reader.committed(GROUP, topic, partition) == self._reader.end_offset(topic, partition)
            for topic in BUILDERS
            for partition in range(PARTITIONS)
        )

    async def carry(self) -> None:
        """An archivist from where the last one left off until all is carried."""
        async with self.running():
            await self.until(self.carried)

    async def forget(self) -> None:
        """The offsets are those of an archivist that never ran."""
        for topic in BUILDERS:
            await self._writer.commit_offsets(GROUP, {(topic, partition): 0 for partition in range(PARTITIONS)})

    async def hits(
        self, query: Mapping[str, Any] | None = None, index: str = "countersign-*"
    ) -> list[dict[str, Any]]:
        """Every document that a query finds, with its version, as a search sees them by now."""
        await self.search.indices.refresh(index=index)
        answer = await self.search.search(
            index=index, query=query or {"match_all": {}}, size=5_000, version=True, sort="_doc"
        )
        found: Sequence[dict[str, Any]] = answer["hits"]["hits"]
        return list(found)

    async def close(self) -> None:
        """Leave nothing open."""
        await self.client.close()
        await self.search.close()
        self._reader.close()
        self._tailed.close()
        await asyncio.to_thread(self._writer.close)


async def main(path: Path, url: str) -> None:
    """One life of the archivist."""
    archiving = Archiving(path, url)
    try:
        await archiving.carry()
    finally:
        await archiving.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
