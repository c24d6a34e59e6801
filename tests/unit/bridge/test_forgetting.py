"""A source that does not take what is done with holds up no call, and gets no more than comes again anyway."""

import asyncio

import pytest

from streams.bridge import forgetter
from streams.bridge.bridge import Bridge
from tests.support import cloudtrail as ct
from tests.support.bridge import NOW_MS, PARTITIONS, WANTED, ListFeed, MemoryLog, deliveries

BATCHES = 40


class StalledFeed(ListFeed):
    """Delivers one batch after the other; forgetting waits until it may go on."""

    def __init__(self, log: MemoryLog) -> None:
        super().__init__([], log)
        self.may = asyncio.Event()
        self.in_hand = self.most = 0
        self.breaks = False

    async def batches(self):
        for number in range(BATCHES):
            yield deliveries(ct.compact(ct.call(eventID=f"e{number}")))._replace(receipt=number)
            await asyncio.sleep(0)

    async def done(self, batch) -> None:
        self.in_hand += 1
        self.most = max(self.most, self.in_hand)
        if self.breaks:
            raise RuntimeError("odd answer")
        await self.may.wait()
        await super().done(batch)
        self.in_hand -= 1


@pytest.fixture
def feed(monkeypatch):
    monkeypatch.setattr("streams.bridge.bridge.FRAME_MS", 0)
    return StalledFeed(MemoryLog())


def bridge(feed: StalledFeed) -> Bridge:
    return Bridge(feed, feed._log, lambda: NOW_MS, WANTED, partitions=PARTITIONS)


async def until_all_is_appended(feed: StalledFeed) -> None:
    async with asyncio.timeout(30):
        while len(feed._log.records()) < BATCHES:  # noqa: ASYNC110 - the log is the outcome
            await asyncio.sleep(0.01)


async def test_a_stalled_delete_stops_no_call_and_is_waited_for_at_the_end(feed):
    running = asyncio.create_task(bridge(feed).run(asyncio.Event()))
    await until_all_is_appended(feed)
    assert (feed.forgotten, feed.most) == ([], forgetter.IN_HAND)
    assert not running.done()
    feed.may.set()
    await asyncio.wait_for(running, 5)
    assert sorted(batch.receipt for batch, _ in feed.forgotten) == list(range(BATCHES))


async def test_a_stop_does_not_wait_for_ever_and_leaves_no_task(feed, monkeypatch):
    monkeypatch.setattr(forgetter, "LEAVE_S", 0.1)
    before = asyncio.all_tasks()
    await asyncio.wait_for(bridge(feed).run(asyncio.Event()), 60)
    assert len(feed._log.records()) == BATCHES
    assert asyncio.all_tasks() == before


async def test_what_waits_is_bounded_and_the_oldest_comes_again(feed, monkeypatch):
    monkeypatch.setattr(forgetter, "MAX_WAITING", 10)
    running = asyncio.create_task(bridge(feed).run(asyncio.Event()))
    await until_all_is_appended(feed)
    feed.may.set()
    await asyncio.wait_for(running, 5)
    told = sorted(batch.receipt for batch, _ in feed.forgotten)
    assert len(told) == 10 + forgetter.IN_HAND
    assert told[-10:] == list(range(BATCHES - 10, BATCHES))


async def test_a_feed_that_raises_there_goes_on(feed):
    feed.breaks = True
    await asyncio.wait_for(bridge(feed).run(asyncio.Event()), 60)
    assert len(feed._log.records()) == BATCHES
