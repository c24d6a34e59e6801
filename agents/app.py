"""App: the composition root of the agents; binds tables to Faust and handlers to topics."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agents.cases import Cases
from agents.challenger import Challenger
from agents.decisions.judge import Policy
from agents.effect_tasks import EffectTasks
from agents.integrations import Integrations
from agents.page_notes import page_notes
from agents.pager import About, Pager
from agents.prompter import Prompter
from agents.texts.catalog import Texts, load_texts
from agents.timers import Timers
from agents.triage import Triage
from streams.clock import Clock
from streams.embedded.writer import LogWriter
from streams.records.codec import to_wire
from streams.records.command import Command, CommandFrame
from streams.settings.model import Mode, Settings
from streams.shell.agent import durable_agent
from streams.shell.app import DurableApp, create_faust_app
from streams.shell.appender import Appender
from streams.shell.failpoints import step
from streams.shell.message import Send
from streams.shell.table import DurableTable
from streams.topics import Topic
from tables.cases import CasesTable
from tables.seen import SeenTable

HOUR_MS = 3_600_000
Report = Callable[[int, str, Command], Awaitable[None]]
"""Appends a command durably: (partition of `commands`, actor key, command)."""


@dataclass(frozen=True, slots=True)
class Agents:
    """The worker's parts that live beside the streams."""

    app: DurableApp
    report: Report
    timers: Timers
    tasks: list[EffectTasks | Pager]


def create_app(
    settings: Settings,
    policy: Callable[[], Policy],
    integrations: Integrations,
    *,
    writer: LogWriter | None,
    clock: Clock,
    rng: random.Random,
) -> Agents:
    """The Faust app with every agent of this configuration; nothing runs yet."""
    partitions = settings.log.partitions
    app = create_faust_app(settings.log.url, partitions=partitions, writer=writer)
    report = reporter(app.appender)
    seen_table, cases_table, counters_table = (DurableTable(name) for name in ("seen", "cases", "counters"))
    triage = Triage(SeenTable(seen_table), policy, partitions)
    cases = Cases(CasesTable(cases_table, counters_table, partitions), observe=settings.run.mode is Mode.OBSERVE)
    durable_agent(app, name=triage.name, topic=triage.topic, handle=triage.handle, tables=[seen_table])
    durable_agent(
        app, name=cases.name, topic=cases.topic, handle=cases.handle, tables=[cases_table, counters_table]
    )
    about = page_notes(policy(), settings.gateway.public_url)
    tasks = _effect_agents(app, integrations, policy, load_texts(settings.slack.texts), report, clock, rng, about)
    keep_ms = 2 * settings.limits.lateness_h * HOUR_MS
    return Agents(app, report, Timers(cases, app.appender, clock, keep_ms), tasks)


def reporter(appender: Appender) -> Report:
    """What effect agents and the gateway tell the cases with."""

    async def report(partition: int, actor_key: str, command: Command) -> None:
        send = Send(Topic.COMMANDS, actor_key.encode(), to_wire(CommandFrame([command])), partition)
        await step("report.append", appender.append([send]))

    return report


def _effect_agents(
    app: DurableApp,
    integrations: Integrations,
    policy: Callable[[], Policy],
    texts: Texts,
    report: Report,
    clock: Clock,
    rng: random.Random,
    about: About,
) -> list[EffectTasks | Pager]:
    """One agent a service that is configured, without one nothing is ever sent to its topic; their tasks."""
    assigned_ms = clock()

    def since(_partition: int) -> int:
        return assigned_ms

    made: list[EffectTasks | Pager] = []
    if integrations.pagerduty is not None:
        pager = Pager(client=integrations.pagerduty, report=report, clock=clock, about=about)
        durable_agent(app, name="pager", topic=Topic.EFFECTS_PAGE, handle=pager.handle)
        made.append(pager)
    if integrations.slack is not None and integrations.seal is not None:
        prompter = Prompter(
            client=integrations.slack,
            seal=integrations.seal,
            texts=texts,
            account_name=policy().directory.account_name,
            report=report,
            clock=clock,
            assigned_ms=since,
            rng=rng,
        )
        durable_agent(app, name="prompter", topic=Topic.EFFECTS_SLACK, handle=prompter.handle)
        made.append(prompter.tasks)
    if integrations.duo is not None:
        challenger = Challenger(
            client=integrations.duo,
            account_name=policy().directory.account_name,
            report=report,
            clock=clock,
            assigned_ms=since,
            rng=rng,
        )
        durable_agent(app, name="challenger", topic=Topic.EFFECTS_DUO, handle=challenger.handle)
        made += [challenger.pushes, challenger.polls]
    return made
