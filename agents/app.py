"""App: the composition root of the agents; binds tables to Faust and handlers to topics."""

import os
import random
import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from agents.cases import Cases
from agents.command_frames import joined
from agents.effect_agents import EffectAgents
from agents.effect_tasks import EffectTasks
from agents.integrations import Integrations
from agents.page_notes import page_notes
from agents.pager import Pager
from agents.prompter import AssignedMs
from agents.reporting import Report, reporter
from agents.roles.heart import Heart
from agents.texts.catalog import load_texts
from agents.timers import Timers
from agents.triage import Triage
from agents.versions.in_force import InForce
from streams.clock import Clock
from streams.embedded.writer import LogWriter
from streams.log.opening import kafka_access
from streams.settings.model import Mode, Settings
from streams.shell.agent import durable_agent
from streams.shell.app import DurableApp, create_faust_app
from streams.shell.table import DurableTable
from tables.cases import CasesTable
from tables.seen import SeenTable
from tables.sessions import SessionsTable
from tables.tallies import TallyTable

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Agents:
    """The worker's parts that live beside the streams."""

    app: DurableApp
    report: Report
    timers: Timers
    tasks: list[EffectTasks | Pager]
    owned: Callable[[], Collection[int]]
    heart: Heart


def create_app(
    settings: Settings,
    in_force: InForce,
    integrations: Integrations,
    *,
    writer: LogWriter | None,
    clock: Clock,
    rng: random.Random,
) -> Agents:
    """The Faust app with every agent of this configuration; nothing runs yet."""
    partitions, policy = settings.log.partitions, in_force.policy
    access = kafka_access(settings.log)
    app = create_faust_app(settings.log.url, partitions=partitions, writer=writer, access=access)
    report = reporter(app.appender)
    seen_table, sessions_table, tally_table = (DurableTable(name) for name in ("seen", "sessions", "tallies"))
    cases_table, counters_table = DurableTable("cases"), DurableTable("counters")
    triage = Triage(
        SeenTable(seen_table), SessionsTable(sessions_table), policy, partitions, TallyTable(tally_table)
    )
    triage.stamped = in_force.stamp
    cases = Cases(
        CasesTable(cases_table, counters_table, partitions),
        limits=settings.limits.record(),
        observe=settings.run.mode is Mode.OBSERVE,
    )
    heart = Heart(f"{socket.gethostname()}-{os.getpid()}", cases.deadlines.keys)
    sort, judge = heart.through_triage(triage.handle), heart.through_cases(cases.handle)
    sorting = [seen_table, sessions_table, tally_table]
    durable_agent(app, name=triage.name, topic=triage.topic, handle=sort, tables=sorting, join=joined)
    durable_agent(app, name=cases.name, topic=cases.topic, handle=judge, tables=[cases_table, counters_table])
    about = page_notes(policy, settings.gateway.public_url)
    texts = load_texts(settings.slack.texts)
    since = _assignments(cases_table, clock)
    tasks = EffectAgents(app, integrations, in_force.account_name, texts, report, clock, rng, about, since).bind()
    cases_table.on_revoked(lambda partition: _drop(tasks, partition))
    seen_table.on_revoked(triage.told.discard)
    seen_table.on_assigned(lambda partition, _entries: triage.told.discard(partition))
    keep_ms = 2 * settings.limits.lateness_h * HOUR_MS
    timers = Timers(cases, triage, app.appender, clock, keep_ms)
    return Agents(app, report, timers, tasks, cases.deadlines.keys, heart)


def _assignments(table: DurableTable, clock: Clock) -> AssignedMs:
    """When each partition was last given to this worker; for one that it was not, now.

    A partition of the effects comes with the table's of the same number: their topics have the same count, and
    go to the same worker.
    """
    given: dict[int, int] = {}
    table.on_assigned(lambda partition, _entries: given.update({partition: clock()}))
    return lambda partition: given.get(partition, clock())


def _drop(tasks: Sequence[EffectTasks | Pager], partition: int) -> None:
    """Whoever has the partition next asks and pushes; a page may arrive twice, and is one incident."""
    for each in tasks:
        if isinstance(each, EffectTasks):
            each.drop(partition)
