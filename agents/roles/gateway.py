"""Gateway: the role with the doors: Slack's answers, the pages, the probes. It needs no stream engine."""

from agents.integrations import open_integrations
from agents.reporting import reporter
from agents.roles.log import open_appender, open_reader
from agents.roles.role import Run
from agents.services import doors
from agents.versions.following import follow
from agents.versions.in_force import InForce
from agents.versions.member import Member
from agents.versions.rules_log import RulesLog
from streams.clock import wall_clock


async def gateway(run: Run) -> None:
    """The doors over a reader and an appender of their own; any number of gateways may stand side by side."""
    appender = await open_appender(run)
    in_force = InForce(run.judging)
    member = Member(run.settings, run.judging, RulesLog(await open_reader(run)), appender)
    found = doors(
        run.settings,
        in_force,
        open_integrations(run.settings, run.rng),
        report=reporter(appender),
        reader=await open_reader(run),
        clock=wall_clock,
        checks={"gateway": run.not_ready},
        rng=run.rng,
    )
    for door in found:
        run.leaving.push_async_callback(door.stop)
        await door.start()
    run.life.keep("rules", follow(member, in_force))
