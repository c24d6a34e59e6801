"""The verbs of the roles on Kafka: each is one process, and most may run several times."""

from pathlib import Path

import rich_click as click

from agents.cli.options import chosen_config, config_option
from agents.cli.voice import Voice


@click.command()
@config_option
def bridge(config: Path | None) -> None:
    """Carry every feed of the configuration onto the log.

    Several may share a queue. Of files there may be one bridge only. SIGTERM leaves within 30 s and loses nothing.
    """
    from agents.roles.bridge import bridge as role
    from agents.roles.role import run_role

    raise SystemExit(run_role("bridge", role, chosen_config(config), Voice.of_this_call().log_level))


@click.command()
@config_option
def worker(config: Path | None) -> None:
    """Run the agents on the partitions that the group gives to this worker.

    Start as many as you like, up to one a partition. SIGTERM leaves within 30 s and loses nothing.
    """
    from agents.roles.role import run_role
    from agents.roles.worker import worker as role

    raise SystemExit(run_role("worker", role, chosen_config(config), Voice.of_this_call().log_level))


@click.command()
@config_option
def gateway(config: Path | None) -> None:
    """Serve Slack's answers, the pages of the cases, health and metrics.

    Any number may stand side by side. SIGTERM leaves within 30 s and loses nothing.
    """
    from agents.roles.gateway import gateway as role
    from agents.roles.role import run_role

    raise SystemExit(run_role("gateway", role, chosen_config(config), Voice.of_this_call().log_level))


@click.command()
@config_option
def watchdog(config: Path | None) -> None:
    """Page what the workers let lie, and that no worker is there; run it on another machine than theirs.

    Two at once are harmless. SIGTERM leaves within 30 s and loses nothing.
    """
    from agents.roles.role import run_role
    from agents.roles.watchdog import watchdog as role

    raise SystemExit(run_role("watchdog", role, chosen_config(config), Voice.of_this_call().log_level))
