"""Appender: how a worker's messages reach the log, and which of them do when the worker dies on the way."""

import asyncio
import random
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any, NamedTuple

from streams.log.faults import LogUnusable
from streams.shell.message import Send
from tests.simulation.log import SimLog

FAST_S = (0.001, 0.012)
SLOW_S = (0.2, 1.5)


class _Piece(NamedTuple):
    """What of one append goes to one place, together."""

    sends: list[Send]
    landed: asyncio.Future[None]


class SimAppender:
    """One worker's way to the log.

    `whole` is the embedded log's way: an append lands as one. Else it is Kafka's: each partition of a topic takes
    its part for itself, so that a crash may leave any of the parts out. Order is kept place by place.
    """

    def __init__(self, log: SimLog, rng: random.Random, life: Any, *, whole: bool) -> None:
        self._log, self._rng, self._life, self._whole = log, rng, life, whole
        self._ways: defaultdict[Any, deque[_Piece]] = defaultdict(deque)
        self._due: dict[Any, float] = {}
        self.fails_at = 0
        self.cut_until_s = 0.0
        self.appends = 0

    async def append(self, sends: Sequence[Send]) -> None:
        """Durable on return."""
        await self._life.awake()
        if not sends:
            return
        self.appends += 1
        parts: defaultdict[Any, list[Send]] = defaultdict(list)
        for send in sends:
            parts[0 if self._whole else (send.topic, send.partition)].append(send)
        pieces = [self._put(way, part) for way, part in parts.items()]
        if self.appends == self.fails_at:
            self.fails_at = 0
            self._life.world.covered("fault", "log.append")
            raise LogUnusable("the log did not answer in time")
        await asyncio.gather(*pieces)

    def _put(self, way: Any, sends: list[Send]) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        landed = loop.create_future()
        self._ways[way].append(_Piece(sends, landed))
        takes_s = self._rng.uniform(*(SLOW_S if self._rng.random() < 0.01 else FAST_S))
        at_s = self._due[way] = max(self._due.get(way, 0.0), loop.time() + takes_s)
        loop.call_at(at_s, self._land, way)
        return landed

    def _land(self, way: Any) -> None:
        if not self._ways[way]:
            return  # the worker died, and what it had on the way is settled
        loop = asyncio.get_running_loop()
        if loop.time() < self.cut_until_s and not self._life.dead:
            loop.call_at(self.cut_until_s, self._land, way)
            return
        piece = self._ways[way].popleft()
        for send in piece.sends:
            self._log.append(send)
        if not piece.landed.done():
            piece.landed.set_result(None)

    def cut(self, seconds: float) -> None:
        """The way to the log is cut: what was sent lands late, maybe after another worker took over."""
        self.cut_until_s = asyncio.get_running_loop().time() + seconds

    @property
    def is_cut(self) -> bool:
        return asyncio.get_running_loop().time() < self.cut_until_s

    def died(self) -> None:
        """Of what was on its way some landed, place by place a first part of it, and the rest never does."""
        for way in list(self._ways):
            for _ in range(self._rng.randint(0, len(self._ways[way]))):
                self._land(way)
            self._ways[way].clear()
