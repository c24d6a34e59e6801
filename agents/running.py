"""Running: the two processes of `countersign run`, started from a configuration file."""

import asyncio
import os
import random
import sys
from pathlib import Path

import structlog

from agents.gateway.listening import AddressRefused
from agents.integrations import pager
from agents.logs import set_up_logs
from agents.policy import Judging, load_policy
from agents.roles.log_choice import load_for_one_machine
from agents.supervisor.notes import Notes
from agents.supervisor.ping import ping_of
from agents.supervisor.supervisor import Supervisor
from agents.supervisor.watchdog import Watchdog
from streams.clock import Clock, wall_clock
from streams.embedded.location import parse_location
from streams.embedded.lock import WriterLock
from streams.embedded.reader import LogReader
from streams.log.faults import LogFault, LogInUse, LogNotOpened, LogUnusable
from streams.settings.fault import FaultsFound
from streams.settings.model import Mode, Settings
from streams.shell.halt import EXIT_CODE

log = structlog.get_logger(__name__)
REFUSED = 4


def run_child(config: Path | None, log_level: int, beat_fd: int | None) -> int:
    """Be the one process that writes the log; returns the exit code. Without a file the environment alone counts.

    Under a supervisor, which has checked them, rules or people that have faults by now do not keep it from its
    work: it goes by the version that was in force before.

    Raises:
        FaultsFound: the configuration, the rules or the people have faults.
    """
    from agents.pipeline import Pipeline  # noqa: PLC0415 - Faust costs a second, which the supervisor need not pay

    settings = load_for_one_machine(config, os.environ)
    set_up_logs(log_level)
    judging: Judging | FaultsFound
    try:
        judging = load_policy(settings)
    except FaultsFound as found:
        if beat_fd is None:
            raise
        judging = found
    pipeline = Pipeline(settings, judging, beat_fd=beat_fd)
    try:
        asyncio.run(pipeline.run(leave_with_parent=beat_fd is not None))
    except LogNotOpened as fault:
        sys.stderr.write(f"{fault}\n")
        return EXIT_CODE
    except (AddressRefused, LogInUse, LogUnusable) as fault:
        sys.stderr.write(f"{fault}\n")
        return REFUSED
    return 0


def run_supervised(config: Path | None, log_level: int, arguments: list[str]) -> int:
    """Be the supervisor of a child that is started with these arguments; returns the exit code.

    Raises:
        FaultsFound: as `run_child`, before anything is started.
    """
    settings = load_for_one_machine(config, os.environ)
    set_up_logs(log_level)
    load_policy(settings)
    if not settings.feeds:
        log.warning("no_feeds", fault="nothing will come in: name a queue or a folder under [[feeds]]")
    return asyncio.run(_supervise(settings, arguments))


async def _supervise(settings: Settings, arguments: list[str]) -> int:
    location = parse_location(settings.log.url)
    client = pager(settings, random.Random()) if settings.run.mode is Mode.ENFORCE else None  # noqa: S311 - jitter
    watchdog = Watchdog(
        lambda: LogReader(location.path),
        client,
        Notes.beside(location.path).write,
        _log_clock(location.path),
        speed=location.clock_speed,
    )
    supervisor = Supervisor(arguments, watchdog, abandoned=lambda: _is_abandoned(location.path))
    ping = ping_of(settings, supervisor.well)
    return await supervisor.run(ping.run if ping is not None else None)


def _is_abandoned(path: Path) -> bool:
    """Whether there is a log, and nobody who writes it: one that is in use has a watchdog of its own."""
    if not path.exists():
        return False
    try:
        WriterLock.take(path, 0.0).release()
    except LogInUse:
        return False
    except LogFault:
        return True
    return True


def _log_clock(path: Path) -> Clock:
    """The log's own clock, as its writer anchored it last; the wall's until there is a log."""

    def now() -> int:
        try:
            with LogReader(path) as reader:
                return reader.clock()
        except LogUnusable:
            return wall_clock()

    return now
