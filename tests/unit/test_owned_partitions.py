"""What a worker does by the clock, and for the archive, it does for its own partitions only."""

import asyncio
from collections import defaultdict

from agents.archivist import GROUP, Archivist
from agents.cases import Cases
from agents.clients.elasticsearch import Written
from agents.clients.outcome import Outcome, Standing
from agents.documents.entry import BUILDERS
from agents.timers import Timers
from agents.triage import Triage
from streams.records.codec import from_wire, to_entry
from streams.records.command import CommandFrame, Due
from streams.records.timing import Limits
from streams.topics import Topic
from tables.cases import CasesTable
from tables.seen import SeenTable
from tables.sessions import SessionsTable
from tables.tallies import TallyTable
from tests.support.archive import MemoryLog
from tests.support.flow import policy
from tests.support.gateway import NOW_MS, make_case
from tests.support.sessions import made, session
from tests.support.triage_run import TriageRun
from tests.support.vendors import rng


class Backing:
    """A table that gives and takes partitions as a test says."""

    def __init__(self):
        self.assigned, self.revoked = [], []

    def on_assigned(self, listener):
        self.assigned.append(listener)

    def on_revoked(self, listener):
        self.revoked.append(listener)

    def give(self, partition, *cases):
        for listener in self.assigned:
            listener(partition, {case.case_id.encode(): to_entry(case) for case in cases})

    def take(self, partition):
        for listener in self.revoked:
            listener(partition)


class Pair:
    """The tables of the cases and of their counters, which come and go together."""

    def __init__(self):
        self.cases, self.counters = Backing(), Backing()

    def give(self, partition, *cases):
        self.counters.give(partition)
        self.cases.give(partition, *cases)

    def take(self, partition):
        self.cases.take(partition)
        self.counters.take(partition)


class Appended:
    def __init__(self):
        self.sends = []

    async def append(self, sends):
        self.sends += sends


def nobody_waits() -> Triage:
    return Triage(SeenTable(Backing()), SessionsTable(Backing()), policy, 2, TallyTable(Backing()))


async def ticked(timers):
    running = asyncio.create_task(timers.run())
    await asyncio.sleep(0.05)
    running.cancel()


async def test_a_partition_that_went_away_has_no_timers_here_and_comes_back_with_its_deadlines():
    backing, appended = Pair(), Appended()
    cases = Cases(CasesTable(backing.cases, backing.counters, 2), limits=Limits())
    timers = Timers(cases, nobody_waits(), appended, lambda: NOW_MS, 1)
    late = [make_case(case_id=f"case{number}", partition=number, deadline_ms=NOW_MS - 1) for number in (0, 1)]
    for number in (0, 1):
        backing.give(number, late[number])
    backing.take(0)
    assert set(cases.deadlines) == {1}
    await ticked(timers)
    assert [send.partition for send in appended.sends] == [1]
    backing.take(1)
    backing.give(0, late[0])
    await ticked(timers)
    (due,) = from_wire(CommandFrame, appended.sends[-1].value).commands
    assert (appended.sends[-1].partition, due) == (0, Due("case0", late[0].seq, NOW_MS - 1, None))


async def test_a_worker_sweeps_within_minutes_of_its_start():
    backing, appended = Pair(), Appended()
    cases = Cases(CasesTable(backing.cases, backing.counters, 2), limits=Limits())
    now = [NOW_MS]
    timers = Timers(cases, nobody_waits(), appended, lambda: now[0], 1)
    backing.give(0, make_case(case_id="case0", partition=0, deadline_ms=NOW_MS + 900_000_000))
    await ticked(timers)
    assert appended.sends == []
    now[0] += 300_000
    await ticked(timers)
    assert [(send.topic, send.partition) for send in appended.sends] == [(Topic.COMMANDS, 0), (Topic.CALLS, 0)]


class Elastic:
    """Takes everything."""

    def __init__(self):
        self.taken = defaultdict(int)

    async def prepare(self):
        return Outcome(Standing.DONE)

    async def write(self, documents):
        for document in documents:
            self.taken[document.id] += 1
        return Written()


async def test_the_archivist_carries_what_is_owned_and_goes_on_from_where_another_worker_left_off():
    log, elastic, owned = MemoryLog(), Elastic(), {0}
    archivist = Archivist(tail=log, client=elastic, owned=lambda: owned, rng=rng(), idle_s=0.01)
    for partition in (0, 1):
        log.append("case-log", partition, b"first", b"second")
    running = asyncio.create_task(archivist.run())
    try:
        await until(lambda: log.offsets.get((GROUP, "case-log", 0)) == 2)
        assert not [place for place in log.offsets if place[2] == 1]
        log.offsets[GROUP, "case-log", 1] = 1  # another worker had it until now
        owned.add(1)
        await until(lambda: log.offsets.get((GROUP, "case-log", 1)) == 2)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert dict(elastic.taken) == {"case-log-0-0": 1, "case-log-0-1": 1, "case-log-1-1": 1}
    assert {place[1] for place in log.offsets} == set(map(str, BUILDERS))


async def until(ready):
    async with asyncio.timeout(5):
        while not ready():  # noqa: ASYNC110 - it waits for anything a caller can name
            await asyncio.sleep(0.005)


async def test_triage_is_told_once_that_a_wait_is_over_and_again_only_when_that_was_handled():
    appended, now = Appended(), [NOW_MS]
    run = TriageRun(policy())
    run.now_ms = NOW_MS
    run.calls([made(1, session("ASIA1", "deploy", "x"))])
    run.handle()
    timers = Timers(
        Cases(CasesTable(Backing(), Backing(), 1), limits=Limits()), run.triage, appended, lambda: now[0], 1
    )
    for ahead_ms, told in ((29_999, 0), (1, 1), (5_000, 1)):
        now[0] += ahead_ms
        await ticked(timers)
        assert len(appended.sends) == told
    run.append(appended.sends[-1].value)  # this clock is ahead of the log's: it was too early
    run.one()
    await ticked(timers)
    assert [(send.topic, send.partition) for send in appended.sends] == [(Topic.CALLS, 0)] * 2
    run.now_ms += 30_000
    run.append(appended.sends[-1].value)
    run.one()
    assert set(run.told) == {"e1"}
    now[0] += 60_000
    await ticked(timers)
    assert len(appended.sends) == 2
