"""Fetcher: the reading half of the consumer: positions, and messages read off the event loop."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar, TypeVarTuple

from faust.types import TP

from streams.embedded.catalog import Catalog, Partition
from streams.embedded.reader import LogReader
from streams.log.record import Record
from streams.shell.failpoints import step

T = TypeVar("T")
Args = TypeVarTuple("Args")

_READ_BYTES = 8 * 1024 * 1024
"""How much one fetch brings into memory, over all partitions."""


class _Span(NamedTuple):
    """What a fetch set out to read: from the position to the end as it was then."""

    start: int
    end: int


class Fetcher:
    """Where each partition is read next. Runs on the event loop, its SQLite connection on a thread of its own."""

    def __init__(self, reader: LogReader, catalog: Catalog, limit: int) -> None:
        self._reader = reader
        self._catalog = catalog
        self._limit = limit
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="log-reader")
        self._partitions: dict[TP, Partition] = {}
        self._positions: dict[TP, int] = {}
        self._arrived = asyncio.Event()

    @property
    def assigned(self) -> set[TP]:
        """The partitions that are read."""
        return set(self._partitions)

    def assign(self, topics: Collection[str]) -> set[TP]:
        """Read every partition of these topics, from the beginning."""
        self._partitions = {
            TP(topic, part.number): part for topic in topics for part in self._catalog.partitions(topic)
        }
        self._positions = dict.fromkeys(self._partitions, 0)
        return self.assigned

    def arrived(self) -> None:
        """Something was committed; called on the event loop."""
        self._arrived.set()

    def end(self, tp: TP) -> int:
        """The offset after the last committed message."""
        return self._partitions[tp].end_offset

    def position(self, tp: TP) -> int:
        """The offset that is read next."""
        return self._positions[tp]

    def seek(self, tp: TP, offset: int) -> None:
        """Read that offset next; what a fetch under way brings of the partition is dropped."""
        self._positions[tp] = offset

    async def begin(self, tp: TP) -> int:
        """The oldest offset that is there."""
        return await step("log.begin_offset", self._on_thread(self._reader.begin_offset, tp.topic, tp.partition))

    async def committed(self, group: str, tp: TP) -> int:
        """The next offset that a group reads."""
        return await step("log.committed", self._on_thread(self._reader.committed, group, tp.topic, tp.partition))

    async def fetch(self, active: Collection[TP] | None, timeout_s: float) -> dict[TP, list[Record]]:
        """New messages of these partitions (of all if None); waits for an append for at most `timeout_s`."""
        spans = self._news(active)
        if not spans:
            self._arrived.clear()
            try:
                await asyncio.wait_for(self._arrived.wait(), timeout_s)
            except TimeoutError:
                return {}
            spans = self._news(active)
        if not spans:
            return {}
        found = await step("log.read", self._on_thread(self._read, spans))
        return {tp: records for tp, records in found.items() if self._advance(tp, spans[tp], records)}

    def close(self) -> None:
        """Wait for a read under way, then close the file."""
        self._thread.shutdown()
        self._reader.close()

    def _news(self, active: Collection[TP] | None) -> dict[TP, _Span]:
        """The partitions that have something to read, the one read longest ago first."""
        spans = {tp: _Span(offset, self._partitions[tp].end_offset) for tp, offset in self._positions.items()}
        return {
            tp: span for tp, span in spans.items() if span.start < span.end and (active is None or tp in active)
        }

    def _read(self, spans: Mapping[TP, _Span]) -> dict[TP, list[Record]]:
        """Messages up to the byte limit, each partition in its turn; on the reader's thread."""
        found: dict[TP, list[Record]] = {}
        left = _READ_BYTES
        for tp, span in spans.items():
            found[tp] = self._reader.read(tp.topic, tp.partition, span.start, self._limit, left)
            left -= sum(len(record.value or b"") for record in found[tp])
            if left <= 0:
                break
        return found

    def _advance(self, tp: TP, span: _Span, records: list[Record]) -> bool:
        """Move past what was read; False if there was nothing, or somebody sought elsewhere meanwhile."""
        if self._positions[tp] != span.start:
            return False
        del self._positions[tp]  # and to the end of the line
        self._positions[tp] = records[-1].offset + 1 if records else span.end
        return bool(records)

    def _on_thread(self, work: Callable[[*Args], T], *args: *Args) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._thread, work, *args)
