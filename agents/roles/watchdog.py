"""Watchdog: the role that pages what the workers let lie, and that none is there; without the stream engine."""

import asyncio

from agents.integrations import pager
from agents.reporting import reporter
from agents.roles.probes import probes
from agents.roles.role import Run
from agents.supervisor.notes import Note
from agents.supervisor.ping import ping_of
from agents.supervisor.pulse import Pulse
from agents.supervisor.watchdog import Watchdog
from streams.clock import wall_clock
from streams.log.opening import open_kafka_appender, open_log_reader
from streams.records.command import PageAccepted
from streams.settings.model import Mode
from streams.shell.failpoints import step

BLIND_LOOKS = 6
"""A broker that starts again, or a leader that moves, is no trouble worth a page."""


async def watchdog(run: Run) -> None:
    """What it pages it notes on the log itself, as the pager would; a case that hears it twice does not change."""
    settings = run.settings

    async def write(note: Note) -> None:
        """Notes are few, and a watchdog has to outlive an appender that failed: each gets its own."""
        paged = PageAccepted(note.case_id, note.attempt, by="watchdog", at_ms=note.at_ms)
        appender = open_kafka_appender(settings.log)
        try:
            await step("watchdog.report", reporter(appender)(note.partition, note.actor_key, paged))
        finally:
            await step("watchdog.reported", appender.close())

    dog = Watchdog(
        lambda: open_log_reader(settings.log),
        pager(settings, run.rng) if settings.run.mode is Mode.ENFORCE else None,
        write,
        wall_clock,
        pulse=Pulse(),
        blind_looks=BLIND_LOOKS,
    )
    run.leaving.push_async_callback(asyncio.to_thread, dog.close)
    run.leaving.push_async_callback(run.life.end_tasks)
    for door in probes(settings, {"watchdog": run.not_ready, "log": dog.trouble}):
        run.leaving.push_async_callback(door.stop)
        await door.start()
    run.life.keep("watchdog", dog.run())
    ping = ping_of(settings, dog.well)
    if ping is not None:
        run.life.keep("ping", ping.run())
