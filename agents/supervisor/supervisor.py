"""Supervisor: keeps the child alive, and says so when it cannot."""

import asyncio
import signal
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

import structlog

from agents.supervisor.child import Child
from agents.supervisor.watchdog import Watchdog
from streams.counted import counted

log = structlog.get_logger(__name__)
SILENCE_S = 20.0
"""With the new child's start, a deadline that lapses while a child hangs still pages within 30 s (I3)."""
CRASHES = 5
CRASHES_KEPT = 16
AT_ONCE = 3
"""So many crashes are followed by a start almost at once; what goes on is given ever more rest."""
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
CRASHES_WITHIN_S = CRASHES * (SILENCE_S + LONGEST_PAUSE_S)
"""Holds as many children that hang from their start on and are killed for their silence."""
HEALTH_EVERY_S = 5.0
UNREADY_LOOKS = 12
"""Counted in looks and not in seconds: a supervisor that was stopped itself has heard nobody meanwhile."""
REFUSED_TO_START = frozenset({2, 3, 4})
REFUSED = 4
"""The log or an address cannot be used: where there was a log before, somebody relies on us."""
LAST_PAGE_S = 30.0
NOT_STARTED = 70
"""A child that the machine could not even start counts as one that died."""
WATCHDOG_PAUSE_S = 1.0


class Supervisor:
    """Restarts one child for ever; pages by itself when the child dies again and again, or does not answer."""

    def __init__(
        self, arguments: Sequence[str], watchdog: Watchdog, *, abandoned: Callable[[], bool] = lambda: False
    ) -> None:
        """`abandoned`: whether there is a log already, and nobody else who writes it."""
        self._arguments = list(arguments)
        self._watchdog = watchdog
        self._abandoned = abandoned
        self._stop = asyncio.Event()
        self._crashes: deque[float] = deque(maxlen=CRASHES_KEPT)
        self._last_code: int | None = None
        self._child: Child | None = None
        self._healthy_once = False
        self._answers = False

    def well(self) -> bool:
        """Whether the child said lately that it works, and the watchdog sees nothing amiss."""
        return self._answers and self._watchdog.well()

    async def run(self, ping: Callable[[], Coroutine[Any, Any, None]] | None = None) -> int:
        """Run until SIGTERM or SIGINT, with the dead man's switch beside.

        Returns the exit code: 0, or the child's own refusal to start (3, 4).
        """
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        beside = [
            asyncio.create_task(self._keep_watchdog(), name="watchdog"),
            asyncio.create_task(self._watch_health(loop), name="health"),
        ]
        if ping is not None:
            beside.append(asyncio.create_task(ping(), name="ping"))
        try:
            return await self._lives(loop)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    def _reload(self) -> None:
        """A child that is not ready yet reads the files anyway, and does not know the signal."""
        if self._child is not None and self._child.ready_once:
            self._child.reload()

    async def _lives(self, loop: asyncio.AbstractEventLoop) -> int:
        while True:
            code, stopped = await self._one_life()
            if stopped:
                return 0
            if code in REFUSED_TO_START and not self._healthy_once:
                await self._refused(code)
                return code
            self._crashes.append(loop.time())
            self._last_code = code
            (log.error if code else log.info)("child_ended", exit_code=code)
            rest_s = pause_s(self._recent(loop))
            try:
                await asyncio.wait_for(self._stop.wait(), rest_s)
            except TimeoutError:
                continue
            return 0

    async def _refused(self, code: int) -> None:
        """Page before we leave: from here on nobody watches the cases of a log that is there."""
        if code == REFUSED and self._abandoned():
            self._last_code = code
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_PAGE_S):
                    await self._tell("the pipeline refuses to start, and is not tried again", 1, kind="log")

    async def _one_life(self) -> tuple[int, bool]:
        """One child from start to end: its exit code, and whether it ended because we were asked to stop."""
        self._watchdog.child_starts()
        try:
            child = self._child = await Child.start(self._arguments)
        except (OSError, RuntimeError) as fault:
            log.error("child_not_started", fault=str(fault))  # noqa: TRY400 - the text says it
            return NOT_STARTED, False
        log.info("child_started", pid=child.pid)
        living = asyncio.create_task(child.watch(SILENCE_S), name="child")
        stopping = asyncio.create_task(self._stop.wait(), name="stop")
        await asyncio.wait({living, stopping}, return_when=asyncio.FIRST_COMPLETED)
        self._healthy_once = self._healthy_once or child.ready_once
        if living.done():
            stopping.cancel()
            return living.result(), False
        code = await child.leave()
        await asyncio.wait([living])
        return code, True

    async def _keep_watchdog(self) -> None:
        """Run the watchdog, and again should it fail: nobody else would notice that deadlines lapse."""
        while True:
            try:
                await self._watchdog.run()
            except Exception as fault:  # noqa: BLE001 - whatever it is, the next deadline has to be watched
                log.error("watchdog_ended", fault=f"{type(fault).__name__}: {fault}")  # noqa: TRY400 - see above
            await asyncio.sleep(WATCHDOG_PAUSE_S)

    async def _watch_health(self, loop: asyncio.AbstractEventLoop) -> None:
        """Page when children die again and again, or when none has been ready for a minute; restarts go on."""
        unready = 0
        while True:
            await asyncio.sleep(HEALTH_EVERY_S)
            self._answers = self._child is not None and self._child.said_ready()
            unready = 0 if self._answers else unready + 1
            recent = self._recent(loop)
            if recent >= CRASHES:
                await self._tell("the pipeline dies again and again", recent)
            elif unready >= UNREADY_LOOKS:
                await self._tell(f"no pipeline has been ready for {UNREADY_LOOKS * HEALTH_EVERY_S:.0f} s", recent)

    def _recent(self, loop: asyncio.AbstractEventLoop) -> int:
        return sum(at_s > loop.time() - CRASHES_WITHIN_S for at_s in self._crashes)

    async def _tell(self, summary: str, recent: int, *, kind: str = "child") -> None:
        ended = "none has ended" if self._last_code is None else f"last exit {self._last_code}"
        detail = f"{counted(recent, 'time')} ended in {CRASHES_WITHIN_S:.0f} s, {ended}"
        try:
            await self._watchdog.page_pipeline(kind, summary, detail)
        except Exception as fault:  # noqa: BLE001 - a page that fails is tried again at the next look
            log.error("pipeline_not_paged", fault=f"{type(fault).__name__}: {fault}")  # noqa: TRY400 - see above


def pause_s(recent: int) -> float:
    """How long to wait before the next start after so many recent crashes, in seconds."""
    doublings = max(0, recent - AT_ONCE)
    return float(min(FIRST_PAUSE_S * 2**doublings, LONGEST_PAUSE_S))
