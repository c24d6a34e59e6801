"""Publish: a checked set of rules and people, put onto the log for every process to take up."""

import asyncio
import time
from typing import TYPE_CHECKING

from agents.cli.exit_code import ExitCode
from agents.cli.output import note

if TYPE_CHECKING:
    from agents.policy import Judging
    from streams.settings.model import Settings

TAKEN_S = 20.0
LOOK_S = 0.5


def publish(settings: "Settings", judging: "Judging") -> int:
    """Publish on Kafka; on one machine, where the running pipeline reads the files itself, wait until it has.

    Raises:
        LogUnusable: the log cannot be read or written.
    """
    from streams.log.opening import check_topics, is_kafka

    version = judging.policy.version
    if not is_kafka(settings.log):
        return _await_machine(settings, version)
    check_topics(settings.log)
    if _newest(settings)[-1:] == [version]:
        note(f"version {version} is published already")
        return ExitCode.OK
    asyncio.run(_append(settings, judging))
    note(f"version {version} is published: triage takes it up once every bridge filters by it")
    return ExitCode.OK


def _await_machine(settings: "Settings", version: str) -> int:
    """The embedded log has one writer: the run itself, which publishes what the files say."""
    from streams.log.faults import LogUnusable, UnknownTopic

    until_s = time.monotonic() + TAKEN_S
    while True:
        try:
            if _newest(settings)[-1:] == [version]:
                note(f"version {version} is in force")
                return ExitCode.OK
        except (LogUnusable, UnknownTopic) as fault:
            note(f"version {version} has no faults; {fault}: the next `countersign run` starts with it")
            return ExitCode.PROBLEMS
        if time.monotonic() > until_s:
            note(f"version {version} has no faults; no pipeline has taken it: the next start does")
            return ExitCode.PROBLEMS
        time.sleep(LOOK_S)


def _newest(settings: "Settings") -> list[str]:
    """The versions on the log, the newest last."""
    from agents.versions.rules_log import RulesLog, published_in
    from streams.log.opening import open_log_reader

    with open_log_reader(settings.log) as reader:
        return [one.version for one in published_in(RulesLog(reader).read())]


async def _append(settings: "Settings", judging: "Judging") -> None:
    from agents.versions.publishing import publication, publish
    from streams.clock import wall_clock
    from streams.log.opening import open_kafka_appender

    before = await asyncio.to_thread(_newest, settings)
    appender = open_kafka_appender(settings.log)
    try:
        await appender.append(publish(publication(judging, wall_clock()), before))
    finally:
        await appender.close()
