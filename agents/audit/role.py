"""Role: the auditor as a process of its own, beside a run on one machine or on Kafka."""

import asyncio
import os
import random
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import structlog

from agents.audit.auditor import Auditor
from agents.audit.judging import keeping, terms_of
from agents.audit.past_versions import PastVersions
from agents.gateway.listening import AddressRefused
from agents.integrations import pager
from agents.logs import set_up_logs
from agents.policy import load_policy
from agents.roles.life import Life
from agents.roles.probes import probes
from streams.log.faults import LogFault, told
from streams.log.opening import check_topics, open_log_reader
from streams.settings.fault import FaultsFound
from streams.settings.load import survey
from streams.settings.model import Mode, Settings

log = structlog.get_logger(__name__)
LOG_REFUSED = 4


def run_auditor(config: Path | None, log_level: int) -> int:
    """Audit until SIGTERM or SIGINT; returns the exit code. Without a file the environment alone counts.

    Raises:
        FaultsFound: the configuration, the rules or the people have faults.
    """
    found = survey(config, os.environ)
    if found.faults:
        raise FaultsFound(found.faults)
    set_up_logs(log_level)
    try:
        asyncio.run(_live(found.settings, make_auditor(found.settings)))
    except (AddressRefused, LogFault) as fault:
        sys.stderr.write(f"countersign auditor: {told(fault)}\n")
        return LOG_REFUSED
    return 0


def make_auditor(settings: Settings) -> Auditor:
    """The auditor of a configuration; it opens nothing yet.

    Raises:
        FaultsFound: the rules or the people have faults.
    """
    client = pager(settings, random.Random()) if settings.run.mode is Mode.ENFORCE else None  # noqa: S311 - jitter
    kept = keeping(settings)
    policy = load_policy(settings).policy
    past = PastVersions(settings, policy, lambda: open_log_reader(settings.log))
    return Auditor(
        lambda: open_log_reader(settings.log),
        client,
        terms_of(policy, settings.log.url, past.at),
        keep_ms=kept.calls_ms,
        case_keep_ms=kept.cases_ms,
    )


async def _live(settings: Settings, auditor: Auditor) -> None:
    life = Life()
    life.listen()
    async with AsyncExitStack() as leaving:
        leaving.callback(auditor.close)
        leaving.push_async_callback(life.end_tasks)
        await asyncio.to_thread(check_topics, settings.log)
        for door in probes(settings, {"log": auditor.trouble}):
            leaving.push_async_callback(door.stop)
            await door.start()
        life.keep("auditor", auditor.run())
        log.info("role_ready", role="auditor", mode=settings.run.mode)
        await life.stop.wait()
        log.info("role_leaves", role="auditor")
