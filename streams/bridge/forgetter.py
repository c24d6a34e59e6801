"""Forgetter: tells a feed what is durable, beside the loop that carries: a stalled source delays no call."""

import asyncio
from collections import deque

import structlog

from streams.feeds.feed import Batch, Feed
from streams.shell.failpoints import step

IN_HAND = 4
MAX_WAITING = 256
LEAVE_S = 4.0
"""How long a stop waits for what is not forgotten yet."""

_log = structlog.get_logger(__name__)


class Forgetter:
    """Up to four batches in hand, the others wait, without their bodies.

    What waits beyond 256 batches, fails, or is left at a stop comes again from its source, and is known by then.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._waiting: deque[Batch] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, batch: Batch) -> None:
        """Have a batch forgotten; everything it became must be durable."""
        self._waiting.append(batch._replace(deliveries=(), sends=()))
        if len(self._waiting) > MAX_WAITING:
            self._waiting.popleft()
            _log.warning("batch_comes_again", feed=self._feed.name, reason="the source does not take what is done")
        if len(self._tasks) < IN_HAND:
            task = asyncio.create_task(self._forget())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Wait until all is forgotten, but not for ever."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=LEAVE_S)

    async def close(self) -> None:
        """End what is still under way."""
        self._waiting.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _forget(self) -> None:
        while self._waiting:
            batch = self._waiting.popleft()
            try:
                await step("bridge.done", self._feed.done(batch))
            except Exception:  # noqa: BLE001 - what is not forgotten comes again, and calls go on
                _log.exception("batch_comes_again", feed=self._feed.name)
