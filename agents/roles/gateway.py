"""Gateway: the role with the doors: Slack's answers, the pages, the probes. It needs no stream engine."""

from agents.integrations import open_integrations
from agents.reporting import reporter
from agents.roles.log import open_appender, open_reader
from agents.roles.role import Run
from agents.services import doors
from streams.clock import wall_clock


async def gateway(run: Run) -> None:
    """The doors over a reader and an appender of their own; any number of gateways may stand side by side."""
    appender = await open_appender(run)
    found = doors(
        run.settings,
        run.judging,
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
