"""Heart: a worker's signs of life through its partitions, and its end when they do not come through."""

import asyncio
import time
from collections.abc import Callable, Collection

from streams.clock import Clock
from streams.records.beat import Beat
from streams.records.codec import to_wire
from streams.shell.appender import Appender
from streams.shell.failpoints import step
from streams.shell.halt import halt
from streams.shell.message import Handler, Message, Send
from streams.topics import Topic

BEAT_KEY = b"beat"
BEAT_EVERY_S = 5.0
STALLED_S = 30.0
REBALANCE_S = 600.0
"""A rebalance, tables recovered, that takes longer hangs."""


class Heart:
    """Sends a beat into each partition of `calls` that `owned` names, and sees whether it comes through.

    A partition is stalled when triage has handled nothing of it for 30 s, or when a beat that triage passed on is
    30 s old and cases has handled nothing since. A backlog is no stall, however long beats wait behind it.
    """

    def __init__(self, worker: str, owned: Callable[[], Collection[int]], *, stalled_s: float = STALLED_S) -> None:
        self._worker = worker
        self._owned = owned
        self._stalled_s = stalled_s
        self._triaged: dict[int, float] = {}
        self._handled: dict[int, float] = {}
        self._passed: dict[int, float] = {}
        self._rebalancing_since: float | None = None

    def through_triage(self, handle: Handler) -> Handler:
        """Triage's handler, with what it handles noticed."""

        def handled(message: Message) -> list[Send]:
            sends = handle(message)
            now_s = time.monotonic()
            self._triaged[message.partition] = now_s
            if message.key == BEAT_KEY:
                self._passed.setdefault(message.partition, now_s)
            return list(sends)

        return handled

    def through_cases(self, handle: Handler) -> Handler:
        """The cases' handler, with what it handles noticed."""

        def handled(message: Message) -> list[Send]:
            sends = handle(message)
            self._handled[message.partition] = time.monotonic()
            if message.key == BEAT_KEY:
                self._passed.pop(message.partition, None)
            return list(sends)

        return handled

    async def run(self, appender: Appender, clock: Clock, rebalancing: Callable[[], bool]) -> None:
        """Beat and look until cancelled; a stalled partition, or a rebalance without end, ends the process."""
        while True:
            stalled = self.look(time.monotonic(), rebalancing=rebalancing())
            if stalled is not None:
                halt(stalled)
            beat = to_wire(Beat(self._worker, clock()))
            sends = [Send(Topic.CALLS, BEAT_KEY, beat, partition) for partition in sorted(self._owned())]
            if sends:
                await step("heart.append", appender.append(sends))
            await asyncio.sleep(BEAT_EVERY_S)

    def look(self, now_s: float, *, rebalancing: bool) -> str | None:
        """What is wrong at `now_s`; None while all is well, or while a rebalance has everything stand still."""
        if rebalancing:
            self._forget(())
            if self._rebalancing_since is None:
                self._rebalancing_since = now_s
            if now_s - self._rebalancing_since > REBALANCE_S:
                return f"a rebalance has taken longer than {REBALANCE_S:.0f} s"
            return None
        self._rebalancing_since = None
        self._forget(self._owned())
        for partition in self._owned():
            if stage := self._stalled(partition, now_s):
                return f"{stage} has handled nothing of partition {partition} for {self._stalled_s:.0f} s"
        return None

    def _stalled(self, partition: int, now_s: float) -> str | None:
        if now_s - self._triaged.setdefault(partition, now_s) > self._stalled_s:
            return "triage"
        passed_s = self._passed.get(partition)
        if passed_s is not None and now_s - max(passed_s, self._handled.get(partition, 0.0)) > self._stalled_s:
            return "cases"
        return None

    def _forget(self, but: Collection[int]) -> None:
        """What is not ours, or stood still in a rebalance, begins anew."""
        for known in (self._triaged, self._handled, self._passed):
            for partition in known.keys() - set(but):
                del known[partition]
