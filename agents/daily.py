"""Daily: once a day, what was asked and paged, or in observe mode what would have been."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress

import msgspec
import structlog

from agents.decisions.daily import count_day, day_of
from streams.clock import Clock
from streams.log.faults import LogUnusable
from streams.log.owners import Owners
from streams.log.reader import TopicReader
from streams.partitioner import partition_of
from streams.records.case import Case
from streams.records.case_head import CaseHead
from streams.records.codec import from_entry, to_wire
from streams.shell.appender import Appender
from streams.shell.failpoints import step
from streams.shell.message import Send
from streams.topics import Topic, changelog

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 60.0
DAY_MS = 86_400_000
SETTLED_MS = 600_000
"""A day is reported so long after its end: what ended in its last moment is on the log by then."""
PAGE = 500


class DailyReport:
    """Reports yesterday minutes after its end, or at the next start; a day that is on the log is not repeated.

    `mine` says whether it is this process that reports, where there are several.
    """

    def __init__(
        self, reader: TopicReader, appender: Appender, clock: Clock, mine: Callable[[], bool] = lambda: True
    ) -> None:
        self._reader = reader
        self._appender = appender
        self._clock = clock
        self._mine = mine
        self._empty: tuple[str, int] = ("", 0)

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
        now_ms = self._clock()
        day = day_of(now_ms - DAY_MS - SETTLED_MS)
        found_empty, at_ms = self._empty
        if (day == found_empty and now_ms - at_ms < SETTLED_MS) or self._reported(day):
            return None
        report = count_day(ended_on(self._reader, day), day)
        if not report.cases:
            self._empty = day, now_ms  # what waits on the log may still end on that day
            return None
        return Send(Topic.REPORTS, day.encode(), to_wire(report))

    def _reported(self, day: str) -> bool:
        """Whether the log has the day's report, in the partition that its key chooses."""
        partition = partition_of(day.encode(), self._reader.partitions(Topic.REPORTS))
        offset = self._reader.begin_offset(Topic.REPORTS, partition)
        while page := self._reader.read(Topic.REPORTS, partition, offset, 500):
            if any(message.key == day.encode() for message in page):
                return True
            offset = page[-1].offset + 1
        return False


def ended_on(reader: TopicReader, day: str) -> Iterator[Case]:
    """The cases that ended on a day, in their newest state.

    The changelog of the cases is read by their heads, so that of all that are open nothing is kept. An entry that
    is damaged changes nothing: the worker and the watchdog say so.
    """
    topic, owners = changelog("cases"), Owners()
    for partition in range(reader.partitions(topic)):
        ended: dict[bytes | None, bytes] = {}
        offset = reader.begin_offset(topic, partition)
        while page := reader.read(topic, partition, offset, PAGE):
            for record in filter(owners.accept, page):
                if record.value is None:
                    ended.pop(record.key, None)
                    continue
                with suppress(msgspec.DecodeError):
                    ended_ms = from_entry(CaseHead, record.value).ended_ms
                    ended.pop(record.key, None)
                    if ended_ms is not None and day_of(ended_ms) == day:
                        ended[record.key] = record.value
            offset = page[-1].offset + 1
        for entry in ended.values():
            with suppress(msgspec.DecodeError):
                yield from_entry(Case, entry)
