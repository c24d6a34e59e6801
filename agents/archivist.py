"""Archivist: carries verdicts, facts and cases into Elasticsearch; when that is down it waits, alone."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog

from agents.clients.elasticsearch import ElasticsearchClient
from agents.clients.outcome import Standing
from agents.clients.patience import Patience
from agents.documents.document import Document, as_raw
from agents.documents.entry import BUILDERS, CASES, documents_of
from streams.shell.failpoints import step
from streams.topics import ARCHIVIST

log = structlog.get_logger(__name__)
GROUP = ARCHIVIST
READ_MESSAGES = 50
IDLE_S = 0.5
WAITS = Patience(base_s=0.5, cap_s=30.0)


class Entry(Protocol):
    """One message of the log; a value of None says that a key was removed."""

    @property
    def offset(self) -> int:
        """Its place in the partition."""

    @property
    def value(self) -> bytes | None:
        """Its bytes."""


class LogTail(Protocol):
    """The log as a reader with offsets of its own sees it; offsets may have gaps."""

    async def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Entry]:
        """Up to `limit` messages from `offset` on; none when the reader has caught up."""

    async def committed(self, group: str, topic: str, partition: int) -> int:
        """The next offset that the group reads; 0 at first."""

    async def commit(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        """Record, durably, where the group goes on."""


class Archivist:
    """Tails three topics, each by a task of its own.

    Invariant: an offset is committed only after every document before it is in Elasticsearch; ids, create and
    external versions make what is read twice harmless. So an outage leaves neither gap nor double.
    """

    def __init__(
        self,
        *,
        tail: LogTail,
        client: ElasticsearchClient,
        partitions: int,
        rng: random.Random,
        waits: Patience = WAITS,
        idle_s: float = IDLE_S,
    ) -> None:
        self._tail, self._client = tail, client
        self._partitions = partitions
        self._rng, self._waits, self._idle_s = rng, waits, idle_s
        self._offsets: dict[tuple[str, int], int] = {}
        self.trouble = ""  # why it waits, for the readiness page; empty while all is well

    async def run(self) -> None:
        """Carry until cancelled."""
        await self._register()
        await self._prepare()
        async with asyncio.TaskGroup() as group:
            for topic in BUILDERS:
                group.create_task(self._carry(topic), name=f"archivist:{topic}")

    async def _register(self) -> None:
        """Say that we read these topics: retention waits for us even where Elasticsearch never answered."""
        places = [(str(topic), partition) for topic in BUILDERS for partition in range(self._partitions)]
        known = {
            (topic, partition): await step("archivist.known", self._tail.committed(GROUP, topic, partition))
            for topic, partition in places
        }
        await step("archivist.register", self._tail.commit(GROUP, known))

    async def _prepare(self) -> None:
        tried = 0
        while True:
            outcome = await self._client.prepare()
            if outcome.standing is Standing.DONE:
                self.trouble = ""
                return
            tried += 1
            await self._wait(tried, outcome.reason)

    async def _carry(self, topic: str) -> None:
        for partition in range(self._partitions):
            offset = await step("archivist.committed", self._tail.committed(GROUP, topic, partition))
            self._offsets[topic, partition] = offset
        while True:
            carried = [await self._carry_some(topic, partition) for partition in range(self._partitions)]
            if not any(carried):
                await asyncio.sleep(self._idle_s)

    async def _carry_some(self, topic: str, partition: int) -> bool:
        offset = self._offsets[topic, partition]
        entries = await step("archivist.read", self._tail.read(topic, partition, offset, READ_MESSAGES))
        if not entries:
            return False
        if entries[0].offset > offset and topic != CASES:  # compaction leaves gaps in the table's changelog only
            log.error("archive_gap", topic=topic, partition=partition, first=offset, next=entries[0].offset)
        documents = [
            document for entry in entries for document in documents_of(topic, partition, entry.offset, entry.value)
        ]
        await self._write(documents)
        after = entries[-1].offset + 1
        await step("archivist.commit", self._tail.commit(GROUP, {(topic, partition): after}))
        self._offsets[topic, partition] = after
        return True

    async def _write(self, documents: Sequence[Document]) -> None:
        """Index every document; each that does not fit goes in as one raw string."""
        tried = 0
        while documents:
            written = await self._client.write(documents)
            unfit = [as_raw(document, reason) for document, reason in written.unfit if not document.raw]
            stuck = [document for document, _ in written.unfit if document.raw]
            for document in unfit:
                log.warning("document_unfit", index=document.index, id=document.id, reason=written.reason)
            documents = [*written.again, *unfit, *stuck]
            if written.again or stuck:
                tried += 1
                await self._wait(tried, written.reason)
        self.trouble = ""

    async def _wait(self, tried: int, reason: str) -> None:
        self.trouble = reason
        log.warning("elasticsearch_waits", reason=reason, tried=tried)
        await asyncio.sleep(self._waits.wait_s(min(tried, 10), self._rng))
