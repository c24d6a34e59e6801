"""Watchdog: reads the log without Faust, and pages what the pipeline let lie."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

import structlog

from agents.clients.outcome import Outcome, Standing
from agents.clients.pagerduty import PageContent, PagerDutyClient
from agents.decisions.case.page_text import MAX_SUMMARY
from agents.paging import send_page
from agents.supervisor.notes import Note
from agents.supervisor.owed import Late, Owed, late_page
from agents.supervisor.patience import Patience
from agents.supervisor.pulse import Pulse
from streams.clock import Clock, uptime_ms, wall_clock
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
HANGS_S = 15.0
"""Longer than a read or a note ever takes: beyond that the disk hangs, and we are blind."""
FROZEN_MS = 5_000
"""A wait that took so much longer than it should: the machine, or we, stood still, and the child with us."""
WELL_FOR_S = 60.0
"""How long a look that found all well counts: one that hangs says nothing."""

MOST_LISTED = 20
DAMAGED = (
    "Their newest entries on the log are damaged, or of a newer release: nobody can tell when they are due, and "
    "no worker goes on with them. Look up what the archive or the log has of them (countersign cases show), ask "
    "whoever made the calls, and look after the disk."
)

Write = Callable[[Note], Awaitable[None]]
"""Keeps a note of a page until the cases hear of it: durable on return."""


class _Seen(NamedTuple):
    """What one look found."""

    late: list[Late]
    damaged: dict[str, str]
    silent: list[int]
    now_ms: int


class Watchdog:
    """Keeps the open cases in memory; what it pages has the case's own dedup_key, so one incident stays one.

    `open_log` opens the log read-only; `pager` is None where PagerDuty is not configured (observe). `pulse` is
    where workers beat on the log. Two watchdogs at once are harmless: their pages have the same dedup_keys, and
    a page that is noted twice changes nothing.
    """

    def __init__(
        self,
        open_log: Callable[[], OpenLog],
        pager: PagerDutyClient | None,
        write: Write,
        clock: Clock,
        *,
        speed: float = 1.0,
        pulse: Pulse | None = None,
        blind_looks: int = BLIND_LOOKS,
    ) -> None:
        self._open_log = open_log
        self._reader: OpenLog | None = None
        self._owed: Owed | None = None
        self._pager = pager
        self._write = write
        self._pulse = pulse
        self._blind_looks = blind_looks
        self._reading = Patience(HANGS_S)
        self._writing = Patience(HANGS_S)
        self._well_until_s = 0.0
        self._unwritten: list[Note] = []
        self._clock = clock
        self._speed = speed
        self._paged: set[tuple[str, int]] = set()
        self._told_ms: dict[str, int] = {}
        self._told_damaged: set[str] = set()
        self._blind = 0
        self._looks = 0
        self._patient_until = 0
        self._patient_again = 0

    async def run(self) -> None:
        """Look every five seconds, until cancelled."""
        while True:
            began_ms = uptime_ms()
            await asyncio.sleep(LOOK_EVERY_S)
            self._if_frozen(began_ms, LOOK_EVERY_S)
            await self.look()

    def child_starts(self) -> None:
        """Leave what is late to a child that starts now, for three looks."""
        self._be_patient()

    def _be_patient(self) -> None:
        if self._looks >= self._patient_again:
            self._patient_until = self._looks + GRACE_LOOKS
            self._patient_again = self._looks + GRACE_AGAIN_LOOKS

    def _if_frozen(self, began_ms: int, expected_s: float) -> None:
        """After a freeze of the machine the child gets the time to do what became due meanwhile."""
        if uptime_ms() - began_ms > expected_s * 1_000 + FROZEN_MS:
            self._be_patient()

    def well(self) -> bool:
        """Whether the last look saw the log, no silent partition, and no page that PagerDuty did not take."""
        return time.monotonic() < self._well_until_s

    def close(self) -> None:
        """Give the log back, once nobody looks any more; blocks as the log does."""
        if self._reader is not None:
            self._reader.close()
            self._reader = self._owed = None

    def trouble(self) -> str | None:
        """Why the watchdog cannot watch, for the readiness page; None while it can."""
        return "the log cannot be read" if self._blind else None

    async def look(self) -> None:
        """One round: read up to the log's end, judge, page. No page that fails keeps the next one back."""
        self._looks += 1
        well = await self._look()
        self._well_until_s = time.monotonic() + WELL_FOR_S if well else 0.0
        await self._write_notes()  # last: a log that can be read and not written must not hold up a page

    async def _look(self) -> bool:
        """Whether all is well, or was mended by a page."""
        try:
            began_ms = uptime_ms()
            seen = await self._reading.wait(self._seen)
            self._if_frozen(began_ms, 0.0)
        except Exception as fault:  # noqa: BLE001 - whatever keeps us from reading the log is worth a page
            self._blind += 1
            log.error("log_unreadable", fault=str(fault))  # noqa: TRY400 - the text says it
            if self._blind >= self._blind_looks:
                await self._complain("log", "the watchdog cannot read the log", str(fault))
            return False
        self._blind = 0
        if seen.silent:
            await self._complain("silence", "no worker's heartbeat comes through", f"partitions {seen.silent}")
        new = [case_id for case_id in seen.damaged if case_id not in self._told_damaged]
        told = not new or await self._page_damaged(sorted(new), seen.damaged)
        if self._looks <= self._patient_until:
            return told and not seen.silent
        paged = [await self._tried(one, seen.now_ms) for one in seen.late]
        return told and all(paged) and not seen.silent

    async def _tried(self, late: Late, now_ms: int) -> bool:
        """Page; whether it is paged by now."""
        try:
            return await self._page(late, now_ms)
        except Exception as fault:  # noqa: BLE001 - whatever one page dies of, the others have to go out
            log.error("watchdog_failed", fault=f"{type(fault).__name__}: {fault}")  # noqa: TRY400 - see above
            return False

    async def _complain(self, kind: str, summary: str, detail: str) -> None:
        """A page about the pipeline that fails is tried again at the next look; it keeps no other back."""
        try:
            await self.page_pipeline(kind, summary, detail)
        except Exception as fault:  # noqa: BLE001 - whatever it dies of, what is late has to go out
            log.error("watchdog_failed", fault=f"{type(fault).__name__}: {fault}")  # noqa: TRY400 - see above

    async def _seen(self) -> _Seen:
        return await step("watchdog.look", asyncio.to_thread(self._see))

    def _see(self) -> _Seen:
        try:
            if self._owed is None or self._reader is None:
                self._reader = self._open_log()
                self._owed = Owed(self._reader)
            silent = self._pulse.silent(self._reader, time.monotonic()) if self._pulse is not None else []
            now_ms = self._clock()
            late = self._owed.late(now_ms, speed=self._speed)
            return _Seen(late, self._owed.damaged(), silent, now_ms)
        except Exception:
            self._owed = None
            if self._reader is not None:
                self._reader.close()
                self._reader = None
            raise

    async def _page(self, late: Late, now_ms: int) -> bool:
        """Whether PagerDuty has taken it, now or before. Invariant: nothing here waits for the log."""
        page = late_page(late)
        if (page.subject, page.attempt) in self._paged:
            return True
        content = PageContent(page.summary, page.source, page.details)
        outcome = await self._send(page.dedup_key, page.urgency, content)
        if outcome.standing is not Standing.DONE:
            log.error("watchdog_not_heard", subject=page.subject, reason=outcome.reason)
            return False
        self._paged.add((page.subject, page.attempt))
        log.warning("watchdog_paged", subject=page.subject, why=page.details["watchdog"])
        self._unwritten.append(Note(page.subject, page.actor_key, page.partition, now_ms, attempt=page.attempt))
        return True

    async def _write_notes(self) -> None:
        """Write what is not written yet; what a full disk or a log refuses is tried again at each look."""
        while self._unwritten:
            try:
                await self._writing.wait(self._write_first)
            except Exception as fault:  # noqa: BLE001 - whatever keeps the note back, the pages have to go out
                log.error("note_not_written", waiting=len(self._unwritten), fault=str(fault))  # noqa: TRY400 - text
                return
            self._unwritten.pop(0)

    async def _write_first(self) -> None:
        await step("watchdog.note", self._write(self._unwritten[0]))

    async def page_pipeline(self, kind: str, summary: str, detail: str) -> None:
        """Page about the pipeline itself, at most once in ten minutes for one kind of trouble.

        By the machine's own clock: the log's stands in the log, which may be what the page is about.
        """
        now_ms = uptime_ms()
        if now_ms < self._told_ms.get(kind, now_ms - PIPELINE_EVERY_MS) + PIPELINE_EVERY_MS:
            return
        window = wall_clock() // PIPELINE_EVERY_MS
        content = PageContent(f"Countersign: {summary}", "countersign", {"detail": detail[:1000]})
        outcome = await self._send(f"countersign-pipeline-{window}", "high", content)
        if outcome.standing is Standing.DONE:
            self._told_ms[kind] = now_ms

    async def _page_damaged(self, case_ids: list[str], faults: Mapping[str, str]) -> bool:
        """One page about all cases that cannot be read any more since the last look; whether it is taken."""
        listed = ", ".join(case_ids[:MOST_LISTED])
        summary = f"Countersign cannot read {len(case_ids)} of its cases: {listed}"[:MAX_SUMMARY]
        details = {"cases": listed, "fault": faults[case_ids[0]], "what to do": DAMAGED}
        key = f"countersign-damaged-{hashlib.sha256(' '.join(case_ids).encode()).hexdigest()[:26]}"
        try:
            outcome = await self._send(key, "high", PageContent(summary, "countersign", details))
        except Exception as fault:  # noqa: BLE001 - whatever it dies of, what is late has to go out
            log.error("watchdog_failed", fault=f"{type(fault).__name__}: {fault}")  # noqa: TRY400 - see above
            return False
        if outcome.standing is not Standing.DONE:
            return False
        self._told_damaged.update(case_ids)
        return True

    async def _send(self, key: str, urgency: str, content: PageContent) -> Outcome[str]:
        if self._pager is None:
            log.error("page_without_pagerduty", summary=content.summary)
            return Outcome(Standing.REFUSED, reason="pagerduty_not_configured")
        return await step("watchdog.page", send_page(self._pager, key, urgency, content))
