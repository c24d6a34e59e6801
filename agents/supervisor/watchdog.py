"""Watchdog: reads the log without Faust, and pages what the pipeline let lie."""

import asyncio
from collections.abc import Callable

import structlog

from agents.clients.outcome import Outcome, Standing
from agents.clients.pagerduty import PageContent, PagerDutyClient
from agents.paging import send_page
from agents.supervisor.notes import Note, Notes
from agents.supervisor.owed import Late, Owed, late_page
from streams.clock import Clock
from streams.log.reader import OpenLog
from streams.shell.failpoints import step

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 5.0
BLIND_LOOKS = 3
"""How often in a row the log must be unreadable before that pages: a log that is being made is no trouble."""
GRACE_LOOKS = 3
"""A child that has just started gets so long to do itself what became due while there was none."""
GRACE_AGAIN_LOOKS = 12
"""Children that die again and again get that grace once in so long: what is late is paged all the same."""
PIPELINE_EVERY_MS = 600_000


class Watchdog:
    """Keeps the open cases in memory; what it pages has the case's own dedup_key, so one incident stays one.

    `open_log` opens the log read-only; `pager` is None where PagerDuty is not configured (observe).
    """

    def __init__(
        self,
        open_log: Callable[[], OpenLog],
        pager: PagerDutyClient | None,
        notes: Notes,
        clock: Clock,
        *,
        speed: float = 1.0,
    ) -> None:
        self._open_log = open_log
        self._reader: OpenLog | None = None
        self._owed: Owed | None = None
        self._pager = pager
        self._notes = notes
        self._unwritten: list[Note] = []
        self._clock = clock
        self._speed = speed
        self._paged: set[tuple[str, int]] = set()
        self._told_ms: dict[str, int] = {}
        self._blind = 0
        self._looks = 0
        self._patient_until = 0
        self._patient_again = 0

    async def run(self) -> None:
        """Look every five seconds, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    def child_starts(self) -> None:
        """Leave what is late to a child that starts now, for three looks."""
        if self._looks >= self._patient_again:
            self._patient_until = self._looks + GRACE_LOOKS
            self._patient_again = self._looks + GRACE_AGAIN_LOOKS

    async def look(self) -> None:
        """One round: read up to the log's end, judge, page. No page that fails keeps the next one back."""
        self._looks += 1
        self._write_notes()
        try:
            late = await step("watchdog.look", asyncio.to_thread(self._late))
        except Exception as fault:  # noqa: BLE001 - whatever keeps us from reading the log is worth a page
            self._blind += 1
            log.error("log_unreadable", fault=str(fault))  # noqa: TRY400 - the text says it
            if self._blind >= BLIND_LOOKS:
                await self.page_pipeline("log", "the watchdog cannot read the log", str(fault))
            return
        self._blind = 0
        if self._looks <= self._patient_until:
            return
        for one in late:
            try:
                await self._page(one)
            except Exception as fault:  # noqa: BLE001 - whatever one page dies of, the others have to go out
                log.error("watchdog_failed", fault=f"{type(fault).__name__}: {fault}")  # noqa: TRY400 - see above

    def _late(self) -> list[Late]:
        try:
            if self._owed is None:
                self._reader = self._open_log()
                self._owed = Owed(self._reader)
            return self._owed.late(self._clock(), speed=self._speed)
        except Exception:
            self._owed = None
            if self._reader is not None:
                self._reader.close()
                self._reader = None
            raise

    async def _page(self, late: Late) -> None:
        page = late_page(late)
        if (page.subject, page.attempt) in self._paged:
            return
        content = PageContent(page.summary, page.source, page.details)
        outcome = await self._send(page.dedup_key, page.urgency, content)
        if outcome.standing is not Standing.DONE:
            log.error("watchdog_not_heard", subject=page.subject, reason=outcome.reason)
            return
        self._paged.add((page.subject, page.attempt))
        log.warning("watchdog_paged", subject=page.subject, why=page.details["watchdog"])
        self._unwritten.append(
            Note(page.subject, page.actor_key, page.partition, self._clock(), attempt=page.attempt)
        )
        self._write_notes()

    def _write_notes(self) -> None:
        """Write what is not written yet; what a full disk refuses is tried again at each look."""
        while self._unwritten:
            try:
                self._notes.add(self._unwritten[0])
            except OSError as fault:
                log.error("note_not_written", waiting=len(self._unwritten), fault=str(fault))  # noqa: TRY400 - text
                return
            self._unwritten.pop(0)

    async def page_pipeline(self, kind: str, summary: str, detail: str) -> None:
        """Page about the pipeline itself, at most once in ten minutes for one kind of trouble."""
        now_ms = self._clock()
        if now_ms < self._told_ms.get(kind, -PIPELINE_EVERY_MS) + PIPELINE_EVERY_MS:
            return
        window = now_ms // PIPELINE_EVERY_MS
        content = PageContent(f"Countersign: {summary}", "countersign", {"detail": detail[:1000]})
        outcome = await self._send(f"countersign-pipeline-{window}", "high", content)
        if outcome.standing is Standing.DONE:
            self._told_ms[kind] = now_ms

    async def _send(self, key: str, urgency: str, content: PageContent) -> Outcome[str]:
        if self._pager is None:
            log.error("page_without_pagerduty", summary=content.summary)
            return Outcome(Standing.REFUSED, reason="pagerduty_not_configured")
        return await step("watchdog.page", send_page(self._pager, key, urgency, content))
