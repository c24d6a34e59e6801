"""Archivist: carries verdicts, facts and cases into Elasticsearch; when that is down it waits, alone."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Protocol, TypeVar

import structlog

from agents.clients.elasticsearch import ElasticsearchClient
from agents.clients.outcome import Standing
from agents.clients.patience import Patience
from agents.documents.document import Document, Form
from agents.documents.entry import BUILDERS, CASES, documents_of
from agents.documents.raw import as_raw
from streams.log.faults import LogUnusable
from streams.shell.failpoints import step
from streams.topics import ARCHIVIST

T = TypeVar("T")
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
    """Tails three topics, each by a task of its own, in the partitions that `owned` names just then.

    Invariant: an offset is committed only after every document before it is in Elasticsearch; ids, create and
    external versions make what is read twice harmless, also by two workers while a partition changes hands. So
    an outage leaves neither gap nor double.
    """

    def __init__(
        self,
        *,
        tail: LogTail,
        client: ElasticsearchClient,
        owned: Callable[[], Collection[int]],
        rng: random.Random,
        waits: Patience = WAITS,
        idle_s: float = IDLE_S,
    ) -> None:
        self._tail, self._client = tail, client
        self._owned = owned
        self._rng, self._waits, self._idle_s = rng, waits, idle_s
        self._offsets: dict[tuple[str, int], int] = {}
        self.trouble = ""  # why it waits, for the readiness page; empty while all is well

    async def run(self) -> None:
        """Carry until cancelled."""
        for topic in BUILDERS:
            await self._patiently(partial(self._take_up, topic))
        await self._prepare()
        async with asyncio.TaskGroup() as group:
            for topic in BUILDERS:
                group.create_task(self._carry(topic), name=f"archivist:{topic}")

    async def _take_up(self, topic: str) -> list[int]:
        """The partitions that are ours by now, each with the offset where it was left.

        That offset is committed again at once, so that the log knows its reader: the embedded log's retention
        then waits for us, even where Elasticsearch never answered.
        """
        ours = sorted(self._owned())
        for place in [place for place in self._offsets if place[0] == topic and place[1] not in ours]:
            del self._offsets[place]
        for partition in ours:
            if (topic, partition) not in self._offsets:
                offset = await step("archivist.committed", self._tail.committed(GROUP, topic, partition))
                await step("archivist.register", self._tail.commit(GROUP, {(topic, partition): offset}))
                self._offsets[topic, partition] = offset
        return ours

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
        while True:
            if not await self._patiently(partial(self._carry_round, topic)):
                await asyncio.sleep(self._idle_s)

    async def _carry_round(self, topic: str) -> bool:
        """Some of every partition that is ours; whether there was anything."""
        ours = await self._take_up(topic)
        carried = [await self._carry_some(topic, partition) for partition in ours]
        return any(carried)

    async def _patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do it, and again while the log does not answer: nobody else is to suffer for the archive."""
        tried = 0
        while True:
            try:
                return await work()
            except LogUnusable as fault:
                tried += 1
                await self._wait(tried, str(fault))

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
            stuck = [document for document, _ in written.unfit if document.form is Form.BARE]
            unfit = [as_raw(document, why) for document, why in written.unfit if document.form is not Form.BARE]
            for document, why in written.unfit:
                log.warning("document_unfit", index=document.index, id=document.id, form=document.form, reason=why)
            documents = [*written.again, *unfit, *stuck]
            if written.again or stuck:
                tried += 1
                await self._wait(tried, written.reason)
        self.trouble = ""

    async def _wait(self, tried: int, reason: str) -> None:
        self.trouble = reason
        log.warning("archive_waits", reason=reason, tried=tried)
        await asyncio.sleep(self._waits.wait_s(min(tried, 10), self._rng))
