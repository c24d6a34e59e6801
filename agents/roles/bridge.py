"""Bridge: the role that carries the feeds onto the log. Several may share a queue; none needs the others."""

import asyncio

import structlog

from agents.roles.log import open_appender, open_reader, read_log
from agents.roles.probes import probes
from agents.roles.role import Run
from agents.sources import finished_files, open_bridges
from agents.versions.bridging import Bridging
from agents.versions.member import Member
from agents.versions.rules_log import RulesLog
from streams.clock import wall_clock
from streams.settings.model import FeedKind
from streams.shell.failpoints import step

log = structlog.get_logger(__name__)
LEAVE_S = 10.0


async def bridge(run: Run) -> None:
    """A bridge a feed. When told to end, what is in hand is appended and forgotten at its source first."""
    settings = run.settings
    appender = await open_appender(run)
    finished = await step("bridge.positions", read_log(run, finished_files))
    rules = Bridging(Member(settings, run.judging, RulesLog(await open_reader(run)), appender))
    await rules.begin()
    bridges = open_bridges(settings, rules.filter, appender, wall_clock, finished)
    if any(feed.kind is FeedKind.FILES for feed in settings.feeds):
        log.info("one_bridge_only", why="a second one would read the same files: several share a queue instead")
    for door in probes(settings, {"bridge": run.not_ready, "log": rules.silent}):
        run.leaving.push_async_callback(door.stop)
        await door.start()
    run.life.keep("rules", rules.run())
    bridging = [run.life.keep("bridge", one.run(run.life.stop)) for one in bridges]

    async def finish() -> None:
        if bridging:
            await asyncio.wait(bridging, timeout=LEAVE_S)
        await rules.leave()
        await run.life.end_tasks()

    run.leaving.push_async_callback(finish)
