"""Role: one process of a run on Kafka, from its configuration to its exit code."""

import asyncio
import os
import random
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import structlog

from agents.gateway.listening import AddressRefused
from agents.logs import set_up_logs
from agents.policy import Judging, load_policy
from agents.roles.life import Life
from agents.roles.log_choice import load_for_kafka
from streams.log.faults import LogFault, told
from streams.log.opening import check_topics
from streams.settings.model import Settings
from streams.shell.failpoints import step

log = structlog.get_logger(__name__)
REFUSED = 4
LEAVE_S = 27.0
"""Below the 30 s within which every role has to be gone."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a role is made with. What it pushes onto `leaving` is undone in the opposite order when it ends."""

    settings: Settings
    judging: Judging
    life: Life
    leaving: AsyncExitStack
    rng: random.Random

    def not_ready(self) -> str | None:
        """The check that every role has."""
        return None if self.life.ready else "it is starting, or leaving"


Role = Callable[[Run], Awaitable[None]]
"""Starts everything and returns; what it started runs on until the process is told to end."""


def run_role(name: str, role: Role, config: Path | None, log_level: int) -> int:
    """Be one of the processes on Kafka; returns the exit code. Without a file the environment alone counts.

    Raises:
        FaultsFound: the configuration, the rules or the people have faults, or the log is not on Kafka.
    """
    settings = load_for_kafka(config, os.environ, name)
    set_up_logs(log_level)
    judging = load_policy(settings)
    try:
        asyncio.run(_live(name, role, settings, judging))
    except (AddressRefused, LogFault) as fault:
        sys.stderr.write(f"countersign {name}: {told(fault)}\n")
        return REFUSED
    return 0


async def _live(name: str, role: Role, settings: Settings, judging: Judging) -> None:
    life = Life()
    life.listen(LEAVE_S)
    async with AsyncExitStack() as leaving:
        leaving.push_async_callback(life.end_tasks)
        run = Run(settings, judging, life, leaving, random.Random())  # noqa: S311 - it only jitters waits
        if not await _started(role, run):
            return
        life.ready = True
        log.info("role_ready", role=name, mode=settings.run.mode)
        await life.stop.wait()
        log.info("role_leaves", role=name)
        life.ready = False


async def _started(role: Role, run: Run) -> bool:
    """Verify the topics, then start; False when we are told to end before that is done."""
    starting = asyncio.create_task(_start(role, run), name="start")
    stopping = asyncio.create_task(run.life.stop.wait(), name="stop")
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not starting.done():
        starting.cancel()
        await asyncio.wait({starting})
    if starting.cancelled():
        return False
    starting.result()
    return True


async def _start(role: Role, run: Run) -> None:
    await step("role.verify", asyncio.to_thread(check_topics, run.settings.log))
    await step("role.start", role(run))
