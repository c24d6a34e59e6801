"""World: one seed's run, from its first call until every case has ended and everything is acknowledged."""

import asyncio
import contextvars
import random
from collections import Counter
from collections.abc import Coroutine
from typing import Any

from agents.clients.button import Seal
from agents.decisions.judge import Policy
from agents.supervisor.watchdog import Watchdog
from agents.texts.catalog import load_texts
from streams.partitioner import partition_of
from streams.records.call import CallFrame, Feed, FramedCall
from streams.records.call_frame import frame_bytes
from streams.records.case import ENDS
from streams.records.codec import to_wire
from streams.records.command import CommandFrame, PageAccepted
from streams.shell.message import Send
from streams.topics import Topic
from tests.simulation.company import T0, policy
from tests.simulation.duo import Pushed, SimDuo
from tests.simulation.faults import Weather
from tests.simulation.group import Group
from tests.simulation.log import SimLog
from tests.simulation.pagerduty import SimPagerDuty
from tests.simulation.people import People
from tests.simulation.schedule import BUSY_S, VENDORS, Delivery, Schedule, Stroke
from tests.simulation.slack import Posted, SimSlack
from tests.simulation.worker import Worker
from tests.support import cloudtrail
from tests.support.frames import marked

PARTITIONS = 2
CALM_S = 2 * BUSY_S
MOST_S = CALM_S + 4 * 3_600
LOOK_S = 10.0
SEAL = Seal(["signing secret of the simulation"])
READ = (Topic.CALLS, Topic.COMMANDS, Topic.EFFECTS_PAGE, Topic.EFFECTS_SLACK, Topic.EFFECTS_DUO)


class World:
    """Log, vendors, people, workers, the schedule; what happened is in their ledgers, in `lines` and `cover`."""

    def __init__(self, schedule: Schedule, loop: asyncio.AbstractEventLoop) -> None:
        self.schedule, self._loop = schedule, loop
        self.rng = random.Random(f"run {schedule.seed}")
        self.lines: list[tuple[int, str]] = []
        self.cover: Counter[tuple[str, str]] = Counter()
        self.findings: list[str] = []
        self.over = False
        self.strikes: list[tuple[int, str, float]] = []
        self.policy, self.texts, self.seal = policy(tight=schedule.tight), load_texts(None), SEAL
        self.log = SimLog(self.now_ms, PARTITIONS)
        weather = {
            name: Weather(name, self.rng, schedule.windows[name], schedule.chances[name]) for name in VENDORS
        }
        self.weather = weather
        self.slack = SimSlack(self, weather["slack"])
        self.duo = SimDuo(self, weather["duo"], schedule.standings)
        self.pagerduty = SimPagerDuty(self, weather["pagerduty"])
        self.people = People(self, self.rng)
        self.group = Group(self, self.rng)
        self.workers: list[Worker] = []
        self.skews_ms: Counter[str] = Counter()
        self._crashes = {crash.point: crash.nth for crash in schedule.crashes}
        self._kept: set[asyncio.Task[Any]] = set()

    def now_ms(self) -> int:
        """The log's time."""
        return T0 + round(self._loop.time() * 1000)

    def policy_now(self) -> Policy:
        """The policy that a worker reads when it starts."""
        return policy(tight=self.schedule.tight, stricter=self._loop.time() >= self.schedule.stricter_s)

    def note(self, text: str) -> None:
        """A line of the trace."""
        self.lines.append((self.now_ms(), text))

    def covered(self, kind: str, name: str) -> None:
        """Something that the coverage table counts happened."""
        self.cover[kind, name] += 1
        if kind == "fault":
            self.strikes.append((self.now_ms(), name, 0.0))

    def keep(self, work: Coroutine[Any, Any, Any]) -> None:
        """A task of the world's own, beside every worker."""
        task = contextvars.Context().run(self._loop.create_task, work)
        self._kept.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._kept.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.findings.append(f"the simulation itself broke: {error!r}")
            raise error

    def asked(self, posted: Posted) -> None:
        self.note(f"slack shows {posted.case_id or 'a word'} in {posted.channel}")
        self.people.asked(posted)

    def pushed(self, pushed: Pushed) -> None:
        self.note(f"duo pushes {pushed.txid} to {pushed.user}")
        self.people.pushed(pushed)

    def passed(self, life: Worker, agent: str, name: str) -> None:
        """A worker passes a point; the schedule may want it dead here."""
        point = f"{agent}:{name}"
        left = self._crashes.get(point)
        if left is None:
            return
        self._crashes[point] = left - 1
        if left == 1:
            del self._crashes[point]
            self.cover["crash", point] += 1
            life.die(point)

    def halted(self, life: Worker, what: str, error: BaseException | None) -> None:
        """A worker left by itself: that is right only after what the schedule did to it."""
        evicted = "another worker owns" in what and (self.cover["fault", "cut"] or self.cover["fault", "sleep"])
        if evicted or "group was silent" in what or type(error).__name__ == "LogUnusable":
            self.covered("fault", "halt")
            return
        self.findings.append(f"{life.name} halted: {what}: {error!r}")

    def broke(self, event: dict[str, Any]) -> None:
        """An effect agent met something it did not expect."""
        if type(event.get("exc_info")).__name__ != "LogUnusable" and self.cover["fault", "log.append"] == 0:
            self.findings.append(f"an effect broke: {event}")

    def died(self, worker: Worker) -> None:
        """Somebody starts it again."""
        self.strikes.append((self.now_ms(), "crash", 0.0))
        self.keep(self.group.lost(worker))
        self.keep(self._restart(worker))

    async def _restart(self, before: Worker) -> None:
        await asyncio.sleep(self.rng.choice((0.3, 1.0, 4.0)))
        await self._begin(before.name, before.number + 1)

    async def _begin(self, name: str, number: int) -> None:
        worker = Worker(self, name, number)
        self.workers = [one for one in self.workers if one.name != name] + [worker]
        worker.start()
        self.note(f"{name}.{number} starts")
        await self.group.join(worker)

    async def run(self) -> None:
        """Play the schedule, then let everything come to rest."""
        for name in ("w1",) if self.schedule.embedded else ("w1", "w2"):
            self.keep(self._begin(name, 0))
        for delivery in self.schedule.deliveries:
            self._loop.call_later(delivery.at_s, self._deliver, delivery, context=contextvars.Context())
        for stroke in self.schedule.strokes:
            self._loop.call_later(stroke.at_s, self._strike, stroke, context=contextvars.Context())
        self.keep(self._watch())
        await asyncio.sleep(CALM_S)
        self._crashes.clear()
        for weather in self.weather.values():
            weather.calm = True
        while not self.settled():
            await asyncio.sleep(LOOK_S)
            if self._loop.time() > MOST_S:
                self.findings.append(f"it never came to rest: {self._unsettled()}")
                return

    def settled(self) -> bool:
        """Whether nothing is open, owed, unread or about to be said."""
        return not self._unsettled()

    def _unsettled(self) -> list[str]:
        found = [f"{self.people.waiting} clicks to come"] if self.people.waiting else []
        found += [
            f"{topic}[{partition}] read up to {self.log.offsets.get((topic, partition), 0)}"
            for topic in READ
            for partition in range(PARTITIONS)
            if self.log.offsets.get((topic, partition), 0) < self.log.end_offset(topic, partition)
        ]
        owned = {partition for worker in self.workers if not worker.silent for partition in worker.app.active}
        found += [f"partition {one} has no owner" for one in range(PARTITIONS) if one not in owned]
        for worker in self.workers:
            for partition in worker.app.active:
                if waiting := worker.triage.waiting(partition):
                    found.append(f"{waiting} calls of partition {partition} wait for a grant")
            for shelf in worker.cases._table.shelves():
                found += [
                    f"case {case.case_id} is {case.state} and owes {[item.kind for item in case.outbox]}"
                    for case in shelf.cases.values()
                    if case.state not in ENDS or case.outbox
                ]
        return found

    def _deliver(self, delivery: Delivery) -> None:
        """A feed's delivery is framed and lies on the log."""
        feed = Feed("past" if delivery.backfill else "live", cloudtrail.ACCOUNT, backfill=delivery.backfill)
        framed = [FramedCall(0, f"m{one.number}", self.now_ms(), None, one.record()) for one in delivery.calls]
        key = delivery.calls[0].credential
        value = frame_bytes(marked(CallFrame("v1", [feed], framed)))
        self.log.append(Send(Topic.CALLS, key, value, partition_of(key, PARTITIONS)))

    def _strike(self, stroke: Stroke) -> None:
        worker = self.workers[stroke.worker % len(self.workers)]
        self.note(f"{worker.name}: {stroke.kind} {stroke.amount:g}")
        self.covered("fault", stroke.kind)
        self.strikes.append((self.now_ms(), stroke.kind, stroke.amount))
        match stroke.kind:
            case "kill":
                worker.die("kill -9")
            case "sleep":
                worker.sleep(stroke.amount)
                if not self.schedule.embedded and stroke.amount > 10:
                    self.keep(self.group.lost(worker))
            case "cut":
                worker.appender.cut(stroke.amount)
                if stroke.amount > 10:
                    self.keep(self.group.lost(worker))
            case "hang":
                worker.hangs_until_s = self._loop.time() + stroke.amount
            case "jump":
                self.skews_ms[worker.name] += round(stroke.amount * 1000)
            case "fail":
                worker.appender.fails_at = worker.appender.appends + int(stroke.amount)
            case _:
                self.keep(self.group.rebalance())

    async def _watch(self) -> None:
        """The watchdog in a process of its own."""

        async def write(note: Any) -> None:
            await asyncio.sleep(0.02)
            paged = PageAccepted(note.case_id, note.attempt, by="watchdog", at_ms=note.at_ms)
            value = to_wire(CommandFrame([paged]))
            self.log.append(Send(Topic.COMMANDS, note.actor_key.encode(), value, note.partition))

        client = self.pagerduty.client(self.rng)
        await Watchdog(lambda: self.log, client, write, self.now_ms).run()
