"""Bridge: reads one feed, and lets it forget only what is durable on the log."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from streams.bridge.forgetter import Forgetter
from streams.bridge.metrics import APPEND_SECONDS, ITEMS
from streams.bridge.sifter import Filter, Sifter, Source
from streams.bridge.unreadable import Ration
from streams.clock import Clock
from streams.feeds.feed import Batch, Feed
from streams.shell.appender import Appender
from streams.shell.failpoints import step
from streams.shell.message import Send

FRAME_MS = 50
MAX_GROUP = 2_000
MAX_GROUP_BYTES = 8 << 20
MAX_APPEND_BYTES = 8 << 20
_WAITING_BATCHES = 4
_PARTS_A_TURN = 200


class Bridge:
    """Gathers batches of one feed for up to 50 ms, sifts them, appends what they became, then has them forgotten.

    Invariant (I18): `feed.done` follows the append, and nothing waits for it. A log that refuses ends `run` with
    the log's own error, and the source delivers again; a feed that fails delays no other, for each has a bridge
    of its own.
    """

    def __init__(
        self,
        feed: Feed,
        appender: Appender,
        clock: Clock,
        wanted: Filter,
        *,
        partitions: int,
        max_record_bytes: int = 262_144,
    ) -> None:
        self.wanted = wanted
        self._feed = feed
        self._appender = appender
        self._clock = clock
        self._partitions = partitions
        self._max_record_bytes = max_record_bytes
        self._ration = Ration()
        self._forgetter = Forgetter(feed)
        self._waiting: asyncio.Queue[Batch | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(_WAITING_BATCHES)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set or the feed ends; what is in hand by then is finished first."""
        reading = asyncio.create_task(self._read(stop))
        try:
            while group := await self._gather():
                await self._carry(group)
            await self._forgetter.finish()
            await asyncio.gather(reading)  # a feed that ended by an error says so here
        finally:
            await self._forgetter.close()
            await _cancelled(reading)

    async def _read(self, stop: asyncio.Event) -> None:
        stopping = asyncio.ensure_future(stop.wait())
        following: asyncio.Future[Batch | None] | None = None
        try:
            async with aclosing(self._feed.batches()) as batches:
                try:
                    while True:
                        following = asyncio.ensure_future(anext(batches, None))
                        await asyncio.wait((following, stopping), return_when=asyncio.FIRST_COMPLETED)
                        if not following.done() or (batch := following.result()) is None:
                            return
                        await self._room.acquire()
                        self._waiting.put_nowait(batch)
                finally:
                    await _cancelled(following)  # a generator that still runs cannot be closed
        finally:
            await _cancelled(stopping)
            self._waiting.put_nowait(None)

    async def _gather(self) -> list[Batch]:
        """The next batches, at most 50 ms apart from first to last; empty at the end."""
        first = await self._waiting.get()
        if first is None:
            return []
        self._room.release()
        group, count, size = [first], len(first.deliveries), _bytes(first)
        loop = asyncio.get_running_loop()
        until = loop.time() + FRAME_MS / 1_000
        while count < MAX_GROUP and size < MAX_GROUP_BYTES:
            try:
                async with asyncio.timeout_at(until):
                    batch = await self._waiting.get()
            except TimeoutError:
                break
            if batch is None:
                self._waiting.put_nowait(None)  # the end is met again by the next call
                break
            self._room.release()
            group.append(batch)
            count += len(batch.deliveries)
            size += _bytes(batch)
        return group

    async def _carry(self, group: list[Batch]) -> None:
        source = Source(self._feed.name, self._feed.binding, self._feed.backfill)
        sifter = Sifter(source, self.wanted, self._clock, self._partitions, self._max_record_bytes, self._ration)
        parts = 0
        for batch in group:
            for delivery in batch.deliveries:
                for _ in sifter.sift(delivery):
                    parts += 1
                    if parts % _PARTS_A_TURN == 0:
                        await asyncio.sleep(0)
                    if sifter.size > MAX_APPEND_BYTES:
                        await self._append(sifter.take())
        await self._append([*sifter.finish(), *(send for batch in group for send in batch.sends)])
        for outcome, count in sifter.counts.items():
            if ":" not in outcome:
                ITEMS.labels(self._feed.name, outcome).inc(count)
        for batch in group:
            self._forgetter.put(batch)

    async def _append(self, sends: Sequence[Send]) -> None:
        with APPEND_SECONDS.labels(self._feed.name).time():
            await step("bridge.append", self._appender.append(sends))


def _bytes(batch: Batch) -> int:
    return sum(len(delivery.body) for delivery in batch.deliveries)


async def _cancelled(task: asyncio.Future[Any] | None) -> None:
    """Cancel a task, if it still runs, and wait for its end."""
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
