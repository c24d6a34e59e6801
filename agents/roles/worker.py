"""Worker: the role with the agents. Several share the partitions; each has the timers of its own."""

from typing import cast

from agents.app import create_app
from agents.daily import DailyReport
from agents.integrations import open_integrations
from agents.roles.life import within
from agents.roles.log import open_appender, open_offsets, open_reader, read_log
from agents.roles.probes import probes
from agents.roles.role import Run
from agents.services import archive
from agents.versions.in_force import InForce
from agents.versions.judging import KeptJudging
from agents.versions.member import Member
from agents.versions.rules_log import RulesLog
from streams.clock import wall_clock
from streams.counted import counted
from streams.log.gaps import Gap, find_gaps
from streams.log.opening import OpenAppender, open_log_reader
from streams.partitioner import partition_of
from streams.records.command import Incident
from streams.shell.failpoints import step

APP_LEAVE_S = 12.0
REPORTER = 0
"""The partition whose owner writes the daily report: one worker at a time."""


async def worker(run: Run) -> None:
    """The agents, and beside them the timers, the heart, the archivist and the daily report."""
    settings, life, leaving = run.settings, run.life, run.leaving
    gaps = await read_log(run, find_gaps)
    integrations = open_integrations(settings, run.rng)
    in_force = InForce(run.judging)
    agents = create_app(settings, in_force, integrations, writer=None, clock=wall_clock, rng=run.rng)
    past = await open_reader(run)
    appender = cast("OpenAppender", agents.app.appender)  # the app of a log on Kafka has one of its own
    leaving.push_async_callback(appender.close)
    leaving.push_async_callback(within, APP_LEAVE_S, agents.app.stop)
    for door in probes(
        settings, {"worker": run.not_ready, "partitions": lambda: _waiting(agents.app.rebalancing)}
    ):
        leaving.push_async_callback(door.stop)
        await door.start()
    member = Member(settings, run.judging, RulesLog(await open_reader(run)), await open_appender(run))
    rules = KeptJudging(settings, member, in_force, agents.report)
    await rules.begin()
    life.keep("rules", rules.run())
    await step("worker.start", agents.app.start())
    leaving.push_async_callback(life.end_tasks)
    for tasks in agents.tasks:
        leaving.push_async_callback(tasks.stop)
    offsets = open_offsets(run)
    for service in archive(settings, lambda: open_log_reader(settings.log), offsets.commit, agents.owned, run.rng):
        leaving.push_async_callback(service.stop)
        await service.start()
    for gap in gaps:
        lost = _incident(gap)
        where = partition_of(lost.incident_id.encode(), settings.log.partitions)
        await step("worker.gap", agents.report(where, lost.incident_id, lost))
    life.keep("timers", agents.timers.run())
    life.keep("heart", agents.heart.run(appender, wall_clock, lambda: agents.app.rebalancing))
    daily = DailyReport(past, appender, wall_clock, lambda: REPORTER in agents.owned())
    life.keep("daily", daily.run())


def _incident(gap: Gap) -> Incident:
    """Every worker that starts finds the same gap, and it is one page."""
    name, lost = f"{gap.topic}[{gap.partition}]", gap.end - gap.begin
    were, they = ("was", "it was") if lost == 1 else ("were", "they were")
    return Incident(
        incident_id=f"unread-removed-{gap.topic}-{gap.partition}-{gap.end}",
        kind="unread_removed",
        urgency="high",
        account="",
        summary=f"{counted(lost, 'message')} of {name} {were} removed by retention before {they} read",
        details={"topic": name, "from": str(gap.begin), "to": str(gap.end - 1)},
        guard=True,
    )


def _waiting(rebalancing: bool) -> str | None:  # noqa: FBT001 - it is the answer of a check
    return "partitions are changing hands" if rebalancing else None
