"""Daily: once a day, what was asked and paged, or in observe mode what would have been."""

import asyncio
from collections.abc import Callable

import msgspec
import structlog

from agents.decisions.daily import count_day, day_of
from agents.gateway.case_view import CaseView
from streams.clock import Clock
from streams.log.faults import LogUnusable
from streams.log.reader import TopicReader
from streams.partitioner import partition_of
from streams.records.codec import to_wire
from streams.shell.appender import Appender
from streams.shell.failpoints import step
from streams.shell.message import Send
from streams.topics import Topic

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 60.0
DAY_MS = 86_400_000
ALL_OF_A_DAY = 1_000_000
"""A report counts every case that ended, not only the last ones that a page shows."""


class DailyReport:
    """Reports yesterday as soon as it is over, or at the next start; a day that is on the log is not repeated.

    `mine` says whether it is this process that reports, where there are several.
    """

    def __init__(
        self, reader: TopicReader, appender: Appender, clock: Clock, mine: Callable[[], bool] = lambda: True
    ) -> None:
        self._reader = reader
        self._appender = appender
        self._clock = clock
        self._mine = mine

    async def run(self) -> None:
        """Look every minute, until cancelled."""
        while True:
            send = await self._looked() if self._mine() else None
            if send is not None:
                await step("daily.append", self._appender.append([send]))
                log.info("daily_report", **msgspec.json.decode(send.value or b"{}"))
            await asyncio.sleep(LOOK_EVERY_S)

    async def _looked(self) -> Send | None:
        """As `_due`; a log that does not answer just now is asked again in a minute."""
        try:
            return await step("daily.count", asyncio.to_thread(self._due))
        except LogUnusable as fault:
            log.warning("daily_report_waits", fault=str(fault))
            return None

    def _due(self) -> Send | None:
        """Yesterday's report, where there is none yet and there was anything at all."""
        day = day_of(self._clock() - DAY_MS)
        if self._reported(day):
            return None
        view = CaseView(self._reader, kept_ended=ALL_OF_A_DAY)
        view.catch_up()
        report = count_day(view.ended_cases(), day)
        return Send(Topic.REPORTS, day.encode(), to_wire(report)) if report.cases else None

    def _reported(self, day: str) -> bool:
        """Whether the log has the day's report, in the partition that its key chooses."""
        partition = partition_of(day.encode(), self._reader.partitions(Topic.REPORTS))
        offset = self._reader.begin_offset(Topic.REPORTS, partition)
        while page := self._reader.read(Topic.REPORTS, partition, offset, 500):
            if any(message.key == day.encode() for message in page):
                return True
            offset = page[-1].offset + 1
        return False
