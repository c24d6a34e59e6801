"""Pipeline: everything but the watchdog in one process, from the log's lock to the last acknowledgement."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from typing import Any

import structlog

from agents.app import Agents, Report, create_app
from agents.daily import DailyReport
from agents.integrations import Integrations, open_integrations
from agents.policy import Judging
from agents.services import services
from agents.sources import finished_files, open_bridges
from agents.supervisor.child import READY_BEAT
from agents.supervisor.notes import Notes
from streams.embedded.location import parse_location
from streams.embedded.reader import LogReader
from streams.embedded.writer import LogWriter
from streams.log.faults import LogInUse
from streams.records.command import PageAccepted
from streams.settings.model import Settings
from streams.shell.failpoints import step
from streams.shell.halt import halt
from streams.topics import plan

log = structlog.get_logger(__name__)
BEAT_S = 1.0
MAINTAIN_S = 60.0
WRITER_WAIT_S = 30.0
WRITER_RETRY_S = 0.2
BRIDGES_LEAVE_S = 10.0
NOTES_EVERY_S = 3.0
APP_LEAVE_S = 12.0


class Pipeline:
    """One life of the pipeline. Whatever ends unplanned ends the process before a wrong acknowledgement."""

    def __init__(self, settings: Settings, judging: Judging, *, beat_fd: int | None = None) -> None:
        self._settings = settings
        self._judging = judging
        self._beat_fd = beat_fd
        self._stop = asyncio.Event()
        self._rng = random.Random()  # noqa: S311 - it only jitters waits
        self._tasks: set[asyncio.Task[None]] = set()
        self.ready = False

    async def run(self, *, leave_with_parent: bool = False) -> None:
        """Run until SIGTERM or SIGINT, or until our standard input closes when a supervisor holds it.

        Raises:
            LogInUse, LogUnusable: the log cannot be ours.
        """
        self._listen(leave_with_parent=leave_with_parent)
        self._keep("beat", self._beat())
        async with AsyncExitStack() as leaving:
            leaving.push_async_callback(self._end_tasks)
            writer = await self._writer()
            if writer is not None:
                leaving.callback(writer.close)
                await self._live(writer, leaving)

    async def _writer(self) -> LogWriter | None:
        """The log's one writer, once the one before us has left; None when we are to leave ourselves first."""
        loop = asyncio.get_running_loop()
        location = parse_location(self._settings.log.url)
        topics = plan(self._settings.log.partitions)
        until = loop.time() + WRITER_WAIT_S
        while not self._stop.is_set():
            try:
                return LogWriter.open(location, topics, self._settings.log.retention_days)
            except LogInUse:
                if loop.time() >= until:
                    raise
            await asyncio.sleep(WRITER_RETRY_S)
        return None

    def _listen(self, *, leave_with_parent: bool) -> None:
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._stop.set)
        if leave_with_parent:
            loop.add_reader(sys.stdin.fileno(), self._parent_spoke)

    def _parent_spoke(self) -> None:
        """The supervisor never writes: what can be read is the end of the pipe, and of the supervisor."""
        if not os.read(sys.stdin.fileno(), 1):
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self._stop.set()

    async def _live(self, writer: LogWriter, leaving: AsyncExitStack) -> None:
        settings, policy = self._settings, self._judging.policy
        reader = LogReader(writer.path)
        leaving.callback(reader.close)
        integrations = open_integrations(settings, self._rng)
        agents = create_app(
            settings, lambda: policy, integrations, writer=writer, clock=writer.clock, rng=self._rng
        )
        notes = Notes.beside(writer.path)
        await tell_paged(notes, agents.report)
        leaving.push_async_callback(_within, APP_LEAVE_S, agents.app.stop)
        await step("pipeline.start", agents.app.start())
        leaving.push_async_callback(self._end_tasks)
        for tasks in agents.tasks:
            leaving.push_async_callback(tasks.stop)
        finished = await step("pipeline.positions", asyncio.to_thread(finished_files, reader))
        bridges = open_bridges(settings, policy, agents.app.appender, writer.clock, finished)
        await self._beside(writer, agents, integrations, leaving)
        bridging = [self._keep("bridge", bridge.run(self._stop)) for bridge in bridges]
        self._background(writer, agents, leaving)
        self._keep("notes", _hear_watchdog(notes, agents.report))
        self.ready = True
        log.info("pipeline_ready", feeds=[feed.name for feed in settings.feeds], mode=settings.run.mode)
        await self._stop.wait()
        log.info("pipeline_leaves")
        self.ready = False
        if bridging:
            await asyncio.wait(bridging, timeout=BRIDGES_LEAVE_S)

    def _background(self, writer: LogWriter, agents: Agents, leaving: AsyncExitStack) -> None:
        """What runs by the clock: deadlines, maintenance of the log, the daily report."""
        self._keep("timers", agents.timers.run())
        self._keep("maintain", _maintain(writer))
        reader = LogReader(writer.path)
        leaving.callback(reader.close)
        self._keep("daily", DailyReport(reader, agents.app.appender, writer.clock).run())

    async def _beside(
        self, writer: LogWriter, agents: Agents, integrations: Integrations, leaving: AsyncExitStack
    ) -> None:
        """The gateway, Socket Mode and the archivist: whatever the configuration has of them."""
        for service in services(
            self._settings, self._judging, integrations, agents.report, writer, self._rng, lambda: self.ready
        ):
            leaving.push_async_callback(service.stop)
            await service.start()

    def _keep(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run beside; what ends by an error ends the process, so that the supervisor starts a whole one."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            halt(f"{task.get_name()} failed", fault)

    async def _end_tasks(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _beat(self) -> None:
        """Tell the supervisor that this loop turns, and whether the pipeline does its work by now."""
        while True:
            if self._beat_fd is not None:
                with suppress(BrokenPipeError):
                    os.write(self._beat_fd, READY_BEAT if self.ready else b".")
            await asyncio.sleep(BEAT_S)


async def tell_paged(notes: Notes, report: Report) -> None:
    """Tell the cases what the watchdog paged: before anything is emitted, and while we live."""
    for note in notes.take():
        paged = PageAccepted(note.case_id, note.attempt, by="watchdog", at_ms=note.at_ms)
        await report(note.partition, note.actor_key, paged)
    notes.told()


async def _hear_watchdog(notes: Notes, report: Report) -> None:
    while True:
        await asyncio.sleep(NOTES_EVERY_S)
        await tell_paged(notes, report)


async def _maintain(writer: LogWriter) -> None:
    while True:
        await step("pipeline.maintain", writer.maintain())
        await asyncio.sleep(MAINTAIN_S)


async def _within(limit_s: float, leave: Callable[[], Awaitable[None]]) -> None:
    """Give a part its time to leave; what it had in hand beyond that comes again."""
    with suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            await leave()
