"""Timers: tell the owners what is due. They write nothing and decide nothing; a word too many changes nothing."""

import asyncio

from agents.cases import TIMER_KEY, Cases
from agents.metrics import OPEN_SUBJECTS
from agents.triage import Triage
from streams.clock import Clock
from streams.records.call import SeenSweep, WaitOver
from streams.records.codec import to_wire
from streams.records.command import CaseSweep, Command, CommandFrame, Due
from streams.shell.appender import Appender
from streams.shell.failpoints import step
from streams.shell.message import Send
from streams.topics import Topic
from tables.deadlines import Overdue

TICK_S = 0.2
WAIT_AGAIN_MS = 1_000
"""A clock ahead of the log's says too early that a wait is over: then again."""
SWEEP_EVERY_MS = 3_600_000
FIRST_SWEEP_MS = 300_000
"""Soon after the start: a worker that is restarted more often than every hour has to sweep too."""


class Timers:
    """The one timer of a worker, over the deadlines and the waits of every partition it holds.

    `keep_ms` is how long ended cases and `seen` entries are kept: longer than the lateness bound.
    """

    def __init__(self, cases: Cases, triage: Triage, appender: Appender, clock: Clock, keep_ms: int) -> None:
        self._cases = cases
        self._triage = triage
        self._told_ms: dict[int, int] = {}
        self._appender = appender
        self._clock = clock
        self._keep_ms = keep_ms
        self._swept_ms = clock() - SWEEP_EVERY_MS + FIRST_SWEEP_MS

    async def run(self) -> None:
        """Tick until cancelled; a failed append ends the worker, as everything unplanned does."""
        while True:
            sends = self._due() + self._waits() + self._sweeps()
            if sends:
                await step("timers.append", self._appender.append(sends))
            await asyncio.sleep(TICK_S)

    def _due(self) -> list[Send]:
        """One frame a partition, and none while the last one has not been handled: a backlog does not grow."""
        sends = []
        OPEN_SUBJECTS.set(sum(len(heap) for heap in self._cases.deadlines.values()))
        for partition, heap in self._cases.deadlines.items():
            if partition in self._cases.told:
                continue
            overdue = heap.due(self._clock())
            if overdue:
                self._cases.told.add(partition)
                commands: list[Command] = [self._command(partition, one) for one in overdue]
                sends.append(Send(Topic.COMMANDS, TIMER_KEY, to_wire(CommandFrame(commands)), partition))
        return sends

    def _waits(self) -> list[Send]:
        """Tell triage whose waits for a grant are over; which these are the log's time says, not this clock."""
        now_ms = self._clock()
        sends = []
        for partition, until_ms in self._triage.waits_until().items():
            again = now_ms < self._told_ms.get(partition, 0) + WAIT_AGAIN_MS
            if until_ms > now_ms or again or partition in self._triage.told:
                continue
            self._triage.told.add(partition)
            self._told_ms[partition] = now_ms
            sends.append(Send(Topic.CALLS, TIMER_KEY, to_wire(WaitOver()), partition))
        return sends

    def _command(self, partition: int, overdue: Overdue) -> Due:
        return Due(overdue.subject, self._cases.seq_of(partition, overdue.subject), overdue.at_ms, overdue.what)

    def _sweeps(self) -> list[Send]:
        now_ms = self._clock()
        if now_ms < self._swept_ms + SWEEP_EVERY_MS:
            return []
        self._swept_ms = now_ms
        before_ms = now_ms - self._keep_ms
        cases = to_wire(CommandFrame([CaseSweep(before_ms)]))
        seen = to_wire(SeenSweep(before_ms))
        partitions = list(self._cases.deadlines)
        return [Send(Topic.COMMANDS, TIMER_KEY, cases, partition) for partition in partitions] + [
            Send(Topic.CALLS, TIMER_KEY, seen, partition) for partition in partitions
        ]
