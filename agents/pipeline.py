"""Pipeline: everything but the watchdog in one process, from the log's lock to the last acknowledgement."""

import asyncio
import os
import random
import signal
import sys
from contextlib import AsyncExitStack, suppress

import structlog

from agents.app import Agents, create_app
from agents.daily import DailyReport
from agents.integrations import Integrations, open_integrations
from agents.policy import Judging
from agents.reporting import Report
from agents.roles.life import Life, within
from agents.services import archive, doors
from agents.sources import finished_files, open_bridges
from agents.supervisor.child import READY_BEAT
from agents.supervisor.notes import Notes
from agents.versions.in_force import InForce, LiveFilter
from agents.versions.machine import MachineRules, judging_at_start
from streams.embedded.location import parse_location
from streams.embedded.reader import LogReader
from streams.embedded.writer import LogWriter
from streams.log.faults import LogInUse
from streams.records.command import PageAccepted
from streams.settings.fault import FaultsFound
from streams.settings.model import Settings
from streams.shell.failpoints import step
from streams.topics import Topic, plan

log = structlog.get_logger(__name__)
BEAT_S = 1.0
PROVE_EVERY_S = 2.0
PROOF_COUNTS_S = 10.0
"""How long ago a commit may have become durable for the pipeline to count as ready: a disk may hang."""
MAINTAIN_S = 60.0
PROVER = "prover"
"""Nobody reads `heartbeats` in one process: what stands there for this group is only written."""
WRITER_WAIT_S = 30.0
WRITER_RETRY_S = 0.2
BRIDGES_LEAVE_S = 10.0
NOTES_EVERY_S = 3.0
APP_LEAVE_S = 12.0


class Pipeline:
    """One life of the pipeline. Whatever ends unplanned ends the process before a wrong acknowledgement."""

    def __init__(self, settings: Settings, judging: Judging | FaultsFound, *, beat_fd: int | None = None) -> None:
        """`judging` is what the files say, or their faults: then the version counts that was in force before."""
        self._settings = settings
        self._judging = judging
        self._beat_fd = beat_fd
        self._life = Life()
        self._rng = random.Random()  # noqa: S311 - it only jitters waits
        self._proven_s = -PROOF_COUNTS_S

    async def run(self, *, leave_with_parent: bool = False) -> None:
        """Run until SIGTERM or SIGINT, or until our standard input closes when a supervisor holds it.

        Raises:
            LogInUse, LogUnusable: the log cannot be ours.
            FaultsFound: those of the files, where no version was in force before.
        """
        self._listen(leave_with_parent=leave_with_parent)
        self._life.keep("beat", self._beat())
        async with AsyncExitStack() as leaving:
            leaving.push_async_callback(self._life.end_tasks)
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
        told = False
        while not self._life.stop.is_set():
            try:
                return LogWriter.open(location, topics, self._settings.log.retention_days)
            except LogInUse as fault:
                if loop.time() >= until:
                    raise
                if not told:
                    log.warning("waiting_for_the_log", up_to_s=WRITER_WAIT_S, fault=str(fault))
                told = True
            await asyncio.sleep(WRITER_RETRY_S)
        return None

    def _listen(self, *, leave_with_parent: bool) -> None:
        self._life.listen()
        if leave_with_parent:
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._parent_spoke)

    def _parent_spoke(self) -> None:
        """The supervisor never writes: what can be read is the end of the pipe, and of the supervisor."""
        if not os.read(sys.stdin.fileno(), 1):
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self._life.stop.set()

    async def _live(self, writer: LogWriter, leaving: AsyncExitStack) -> None:
        settings = self._settings
        reader = LogReader(writer.path)
        leaving.callback(reader.close)
        in_force = InForce(await self._judge_by(reader))
        integrations = open_integrations(settings, self._rng)
        agents = create_app(settings, in_force, integrations, writer=writer, clock=writer.clock, rng=self._rng)
        rules = MachineRules(settings, agents.app.appender, agents.report, writer.clock)
        await rules.begin(in_force, reader)
        notes = Notes.beside(writer.path)
        await tell_paged(notes, agents.report)
        leaving.push_async_callback(within, APP_LEAVE_S, agents.app.stop)
        await step("pipeline.start", agents.app.start())
        leaving.push_async_callback(self._life.end_tasks)
        for tasks in agents.tasks:
            leaving.push_async_callback(tasks.stop)
        finished = await step("pipeline.positions", asyncio.to_thread(finished_files, reader))
        wanted = LiveFilter([in_force.policy()])
        bridges = open_bridges(settings, wanted, agents.app.appender, writer.clock, finished)
        await self._beside(writer, agents, in_force, integrations, leaving)
        bridging = [self._life.keep("bridge", bridge.run(self._life.stop)) for bridge in bridges]
        self._background(writer, agents, leaving)
        self._life.keep("notes", _hear_watchdog(notes, agents.report))
        self._life.keep("rules", rules.run(in_force, wanted))
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, rules.ask)
        self._life.ready = True
        feeds, pages = [feed.name for feed in settings.feeds], f"http://{settings.gateway.listen}/"
        log.info("pipeline_ready", feeds=feeds, mode=settings.run.mode, pages=pages)
        await self._life.stop.wait()
        log.info("pipeline_leaves")
        self._life.ready = False
        if bridging:
            await asyncio.wait(bridging, timeout=BRIDGES_LEAVE_S)

    def _background(self, writer: LogWriter, agents: Agents, leaving: AsyncExitStack) -> None:
        """What runs by the clock: deadlines, maintenance of the log, the daily report."""
        self._life.keep("timers", agents.timers.run())
        self._life.keep("maintain", _maintain(writer))
        self._life.keep("prove", self._prove(writer))
        reader = LogReader(writer.path)
        leaving.callback(reader.close)
        self._life.keep("daily", DailyReport(reader, agents.app.appender, writer.clock).run())

    async def _judge_by(self, reader: LogReader) -> Judging:
        if not isinstance(self._judging, FaultsFound):
            return self._judging
        before = asyncio.to_thread(judging_at_start, self._settings, reader, self._judging)
        return await step("pipeline.rules", before)

    async def _beside(
        self,
        writer: LogWriter,
        agents: Agents,
        in_force: InForce,
        integrations: Integrations,
        leaving: AsyncExitStack,
    ) -> None:
        """The gateway, Socket Mode and the archivist: whatever the configuration has of them."""
        settings = self._settings
        found = doors(
            settings,
            in_force,
            integrations,
            report=agents.report,
            reader=LogReader(writer.path),
            clock=writer.clock,
            checks={"agents": lambda: None if self._life.ready else "the agents are not running yet"},
            rng=self._rng,
        )
        found += archive(
            settings,
            lambda: LogReader(writer.path),
            writer.commit_offsets,
            lambda: range(settings.log.partitions),
            self._rng,
        )
        for service in found:
            leaving.push_async_callback(service.stop)
            await service.start()

    async def _beat(self) -> None:
        """Tell the supervisor that this loop turns, and whether the pipeline does its work by now."""
        loop = asyncio.get_running_loop()
        while True:
            if self._beat_fd is not None:
                works = self._life.ready and loop.time() < self._proven_s + PROOF_COUNTS_S
                with suppress(BrokenPipeError):
                    os.write(self._beat_fd, READY_BEAT if works else b".")
            await asyncio.sleep(BEAT_S)

    async def _prove(self, writer: LogWriter) -> None:
        """Commit something small again and again: only what became durable says that the disk still takes it."""
        loop = asyncio.get_running_loop()
        while True:
            now_ms = writer.clock()
            await step("pipeline.prove", writer.commit_offsets(PROVER, {(Topic.HEARTBEATS, 0): now_ms}))
            self._proven_s = loop.time()
            await asyncio.sleep(PROVE_EVERY_S)


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
