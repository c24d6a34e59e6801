"""Worker: one life of a worker process, its agents composed as `agents/app.py` composes them."""

import asyncio
import contextvars
import random
from collections.abc import Coroutine
from typing import Any

from agents.app import HOUR_MS, _assignments, _drop
from agents.cases import Cases
from agents.challenger import Challenger
from agents.command_frames import joined
from agents.pager import Pager
from agents.prompter import Prompter
from agents.reporting import reporter
from agents.timers import Timers
from agents.triage import Triage
from streams.log.faults import LogUnusable
from streams.shell.agent import durable_agent
from streams.shell.app import SWEEP_S
from streams.shell.ownership import Superseded
from streams.topics import Topic
from tables.cases import CasesTable
from tables.seen import SeenTable
from tables.sessions import SessionsTable
from tables.tallies import TallyTable
from tests.simulation.app import SimApp, Stream
from tests.simulation.appender import SimAppender
from tests.simulation.life import AGENT, LIFE, halt

COMMIT_EVERY_S = 1.0
HEARTBEAT_S = 3.0
LATENESS_H = 24


class Worker:
    """From its start to its death; a restart is another one, with nothing but what lies on the log."""

    def __init__(self, world: Any, name: str, number: int) -> None:
        self.world, self.name, self.number = world, name, number
        self.dead = False
        self.generation = 0
        self.hangs_until_s = 0.0
        self.owned: set[int] = set()
        self._asleep: asyncio.Future[None] | None = None
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self._rng = random.Random(world.rng.random())
        whole = world.schedule.embedded
        self.appender = SimAppender(world.log, self._rng, self, whole=whole)
        self.app = SimApp(world.log, self.appender, owned=not whole)
        self.app.eager = self._rng.random() < 0.3
        self._compose()

    def clock(self) -> int:
        """This machine's clock: it may differ from the log's."""
        now_ms: int = self.world.now_ms()
        return now_ms + int(self.world.skews_ms[self.name])

    def _compose(self) -> None:
        world, app = self.world, self.app
        seen, sessions, tallies = (app.table(name) for name in ("seen", "sessions", "tallies"))
        cases_table, counters = app.table("cases"), app.table("counters")
        policy = world.policy_now()
        triage = Triage(
            SeenTable(seen), SessionsTable(sessions), lambda: policy, world.log.count, TallyTable(tallies)
        )
        self.triage = triage
        self.cases = Cases(
            CasesTable(cases_table, counters, world.log.count), limits=policy.limits, observe=policy.observe
        )
        sorting = [seen, sessions, tallies]
        durable_agent(app, name="triage", topic=triage.topic, handle=triage.handle, tables=sorting, join=joined)
        durable_agent(
            app, name="cases", topic=self.cases.topic, handle=self.cases.handle, tables=[cases_table, counters]
        )
        report = reporter(self.appender)
        since = _assignments(cases_table, self.clock)
        common = {"report": report, "clock": self.clock}
        timely = {"assigned_ms": since, "rng": self._rng, **common}
        pager = Pager(client=world.pagerduty.client(self._rng), **common)
        prompter = Prompter(
            client=world.slack.client(self._rng),
            seal=world.seal,
            texts=world.texts,
            account_name=policy.directory.account_name,
            slack_clock=world.now_ms,
            **timely,
        )
        challenger = Challenger(client=world.duo.client(self._rng), **timely)
        tasks = [pager, prompter.tasks, challenger.pushes, challenger.polls]
        cases_table.on_revoked(lambda partition: _drop(tasks, partition))
        seen.on_revoked(triage.told.discard)
        seen.on_assigned(lambda partition, _entries: triage.told.discard(partition))
        durable_agent(app, name="pager", topic=Topic.EFFECTS_PAGE, handle=pager.handle)
        durable_agent(app, name="prompter", topic=Topic.EFFECTS_SLACK, handle=prompter.handle)
        durable_agent(app, name="challenger", topic=Topic.EFFECTS_DUO, handle=challenger.handle)
        self._timers = Timers(self.cases, triage, self.appender, self.clock, 2 * LATENESS_H * HOUR_MS)

    def start(self) -> None:
        """Run everything that needs no partition yet."""
        for name, (topic, run) in self.app.agents.items():
            self.spawn(name, run(Stream(self.app, topic, self.flowing)))
        self.spawn("timers", self._tick())
        self.spawn("shell", self._commit())
        if not self.world.schedule.embedded:
            self.spawn("shell", self._beat())
            self.spawn("shell", self._sweep())

    async def _tick(self) -> None:
        """As in the product, a task beside the streams that ends by an error takes the worker with it."""
        try:
            await self._timers.run()
        except LogUnusable as error:
            halt("the timers ended", error)

    async def recover(self, partitions: list[int], generation: int) -> bool:
        """Take up partitions; as in the shell, a recovery that fails ends the process."""
        try:
            return await self.app.recover(partitions, generation)
        except LogUnusable as error:
            halt("a table could not be recovered", error)

    def spawn(self, agent: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """A task of this life, by the name of the agent it belongs to."""
        context = contextvars.copy_context()
        context.run(LIFE.set, self)
        context.run(AGENT.set, agent)
        return context.run(asyncio.ensure_future, work)

    async def flowing(self) -> None:
        """As `awake`; a worker whose streams hang takes no further message, though it lives."""
        await self.awake()
        while asyncio.get_running_loop().time() < self.hangs_until_s:
            await asyncio.sleep(1.0)
            await self.awake()

    async def awake(self) -> None:
        """Go on only while alive, and not while asleep; who slept longer than the session leaves."""
        if self.dead:
            raise asyncio.CancelledError
        if self._asleep is not None:
            await asyncio.shield(self._asleep)
            await self.awake()
            self.app.lease.check()

    def sleep(self, seconds: float) -> None:
        """The process stops (SIGSTOP, a suspended machine) and goes on later."""
        if self.dead or self._asleep is not None:
            return
        loop = asyncio.get_running_loop()
        asleep = self._asleep = loop.create_future()

        def wake() -> None:
            self._asleep = None
            asleep.set_result(None)

        loop.call_later(seconds, wake)

    @property
    def silent(self) -> bool:
        """Whether the group hears nothing of it."""
        return self.dead or self.asleep or self.appender.is_cut

    @property
    def asleep(self) -> bool:
        return self._asleep is not None

    def die(self, why: str) -> None:
        """kill -9: nothing of this life happens any more; what was on its way to the log may have landed."""
        if self.dead:
            return
        self.dead = True
        self.world.note(f"{self.name}.{self.number} dies: {why}")
        self.app.active = set()
        self.app.log.listeners.remove(self.app._tell)
        self.appender.died()
        for task in list(self.tasks):
            task.cancel()
        self.world.died(self)

    async def _commit(self) -> None:
        while True:
            await asyncio.sleep(COMMIT_EVERY_S)
            await self.awake()
            if self.generation == self.world.group.generation:
                self.app.commit()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            await self.awake()
            try:
                await self.app.sweep()
            except LogUnusable as error:
                halt("the changelogs could not be swept", error)
            except Superseded:
                self.world.note(f"{self.name}.{self.number} is superseded")
                if self.app.active:
                    halt("another worker owns its partitions")

    async def _beat(self) -> None:
        while True:
            if self.asleep:
                await self.awake()
            if not self.appender.is_cut:
                self._heard()
            await asyncio.sleep(HEARTBEAT_S)

    def _heard(self) -> None:
        """The group answers a heartbeat: all is well, or this worker was put out and has to join anew."""
        group = self.world.group
        if self.generation and self not in group.members:
            self.app.active = set()
            for partition in self.owned:
                self.app.forget(partition)
            self.owned, self.generation = set(), 0
            self.world.keep(group.join(self))
        else:
            self.app.lease.renew(self.world.now_ms())
