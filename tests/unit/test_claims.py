"""How a worker claims partitions, keeps them clean of late writes, and learns that it lost them."""

import asyncio
from types import SimpleNamespace

import pytest

from streams.log.faults import LogUnusable
from streams.shell import app as app_module
from streams.shell import lease as lease_module
from streams.shell import recovery as recovery_module
from streams.shell.app import create_faust_app
from streams.shell.claims import Claims
from streams.shell.lease import Lease, Leased
from streams.shell.message import Send
from streams.shell.ownership import OWNER_KEY, Change, Replay, Superseded, epoch_headers, epoch_in
from streams.shell.table import DurableTable
from tests.support.logs import CHANGELOG
from tests.support.stock import Halted
from tests.unit.test_durable_table import recover, tps


class Kafka:
    """A changelog in a list a partition, and its appender."""

    owned = True

    def __init__(self):
        self.records = {}
        self.on_append = lambda: None

    def write(self, key, value, epoch, partition=0):
        records = self.records.setdefault(partition, [])
        records.append(Change(len(records), key, value, epoch))

    async def read(self, topic, starts):
        for partition, start in starts.items():
            yield partition, self.records.get(partition, [])[start:]

    async def census(self, topic, partition):
        return None

    async def append(self, sends):
        self.on_append()
        for send in sends:
            self.write(send.key, send.value, epoch_in(send.headers), send.partition)

    def last(self, partition=0):
        return {change.key: (change.value, change.epoch) for change in self.records[partition]}


@pytest.fixture
def kafka():
    return Kafka()


@pytest.fixture
def claims(kafka):
    return Claims(SimpleNamespace(changelog=kafka, appender=kafka, lease=Lease(10.0)), CHANGELOG)


@pytest.fixture
def app(kafka):
    made = create_faust_app("kafka://127.0.0.1:9092", partitions=4, writer=None)
    made.changelog = made.appender = kafka
    return made


@pytest.fixture
def seen(app):
    table = DurableTable("seen")
    table.bind(app)
    return table


async def taken(claims, generation, partition=0):
    replays = {partition: Replay()}
    await claims.replay(replays)
    return await claims.take(replays, generation), replays[partition]


async def test_a_new_owner_writes_its_mark_with_an_epoch_above_all_others(claims, kafka):
    kafka.write(b"a", b"1", 41)
    held, replay = await taken(claims, 3)
    assert held[0].epoch == 42
    assert kafka.last()[OWNER_KEY] == (None, 42)
    assert replay.entries == {b"a": b"1"}


async def test_a_new_owner_rewrites_what_compaction_would_get_wrong(claims, kafka):
    for record in [(b"a", b"1", 3), (OWNER_KEY, None, 5), (b"a", b"late", 3), (b"b", b"late", 3)]:
        kafka.write(*record)
    await taken(claims, 6)
    assert kafka.last() == {b"a": (b"1", 6), b"b": (None, 6), OWNER_KEY: (None, 6)}


async def test_what_the_last_owner_wrote_before_the_mark_still_counts(claims, kafka):
    kafka.write(b"a", b"1", 5)
    kafka.on_append = lambda: kafka.write(b"a", b"2", 5)
    _, replay = await taken(claims, 6)
    assert replay.entries == {b"a": b"2"}


@pytest.mark.parametrize("epoch", [6, 7])
async def test_a_claim_does_not_hold_beside_another_as_high(claims, kafka, epoch):
    kafka.on_append = lambda: kafka.write(OWNER_KEY, None, epoch)
    held, _ = await taken(claims, 6)
    assert held == {}


ZOMBIE = [(OWNER_KEY, None, 41), (b"k", b"v1", 41), (b"k", b"zombie", 40)]
"""A late write that nobody has swept yet: whoever takes over has to write the key again."""


async def test_an_abandoned_recovery_writes_nothing_over_an_owner_of_the_same_epoch(claims, kafka):
    for one in ZOMBIE:
        kafka.write(*one)
    slow = {0: Replay()}  # a group that was empty for long begins its generations anew, below the epochs
    await claims.replay(slow)
    held, _ = await taken(claims, 2)
    kafka.write(b"k", b"v2", held[0].epoch)
    assert await claims.take(slow, 1) == {}
    again = {0: Replay()}
    await claims.replay(again)
    assert again[0].entries == {b"k": b"v2"}


async def test_what_the_last_owner_wrote_before_the_mark_is_not_covered_by_a_rewrite(claims, kafka):
    for one in ZOMBIE:
        kafka.write(*one)
    before_the_mark = iter([True])
    kafka.on_append = lambda: kafka.write(b"k", b"v2", 41) if next(before_the_mark, False) else None
    _, replay = await taken(claims, 50)
    assert replay.entries == {b"k": b"v2"}
    again = {0: Replay()}
    await claims.replay(again)
    assert again[0].entries == {b"k": b"v2"}


async def test_a_sweep_overrules_late_writes_once(claims, kafka):
    held, _ = await taken(claims, 6)
    for record in [(b"a", b"1", 6), (b"a", b"late", 5), (b"b", b"late", 5), (b"c", b"late", 5), (b"c", b"3", 6)]:
        kafka.write(*record)
    swept = await claims.sweep(held, {0: {b"a": b"1", b"c": b"3"}})
    assert kafka.last() == {b"a": (b"1", 6), b"b": (None, 6), b"c": (b"3", 6), OWNER_KEY: (None, 6)}
    count = len(kafka.records[0])
    await claims.sweep(swept, {0: {b"a": b"1", b"c": b"3"}})
    assert len(kafka.records[0]) == count


async def test_a_sweep_that_meets_a_later_owner_says_so(claims, kafka):
    held, _ = await taken(claims, 6)
    kafka.write(OWNER_KEY, None, 9)
    with pytest.raises(Superseded):
        await claims.sweep(held, {0: {}})


async def test_changes_carry_the_epoch_of_their_partition(seen, kafka):
    kafka.write(b"a", b"1", 8, partition=2)
    await recover(seen._table, 2, generation=4)
    changes = []
    with seen.turn(2, changes):
        seen.put(b"k", b"v")
        seen.remove(b"k")
    headers = epoch_headers(9)
    assert changes == [Send(CHANGELOG, b"k", b"v", 2, headers), Send(CHANGELOG, b"k", None, 2, headers)]


async def test_a_table_sweeps_every_partition_that_it_holds(seen, app, kafka):
    await recover(seen._table, 0, 1, generation=4)
    kafka.write(b"a", b"late", 2)
    kafka.write(b"b", b"late", 2, partition=1)
    await app.sweep()
    assert kafka.last(0)[b"a"] == kafka.last(1)[b"b"] == (None, 4)


async def test_a_worker_that_was_superseded_leaves_unless_a_rebalance_is_under_way(seen, app, kafka, monkeypatch):
    words = halts(monkeypatch, recovery_module)
    await recover(seen._table, 0, generation=4)
    kafka.write(OWNER_KEY, None, 9)
    app._consumer = SimpleNamespace(flow_active=False)
    await app.sweep()
    assert words == []
    app._consumer.flow_active = True
    with pytest.raises(Halted):
        await app.sweep()
    assert words == ["table seen: epoch 9 writes where this worker's is 4"]


async def test_a_claim_made_anew_during_a_sweep_is_no_other_owner(seen, app, kafka, monkeypatch):
    words = halts(monkeypatch, recovery_module)
    app._consumer = SimpleNamespace(flow_active=True)
    await recover(seen._table, 0, generation=4)
    read = kafka.read

    async def reclaimed(topic, starts):
        kafka.read = read
        await seen._table.on_rebalance(tps(0), set(), set(), 7)
        await seen._table.on_recovery_completed(tps(0), set())
        async for each in read(topic, starts):
            yield each

    kafka.read = reclaimed
    await app.sweep()
    assert words == []
    assert seen._table.epoch(0) == 7


async def test_a_claim_that_does_not_hold_is_not_taken_up(seen, app, kafka, monkeypatch):
    words, heard = halts(monkeypatch, recovery_module), []
    seen.on_assigned(lambda partition, entries: heard.append(partition))
    kafka.on_append = lambda: kafka.write(OWNER_KEY, None, 7)
    app._consumer = SimpleNamespace(flow_active=False)
    await recover(seen._table, 0, generation=7)
    assert heard == words == []
    kafka.on_append = lambda: None
    await seen._table.on_rebalance(tps(0), set(), set(), 8)
    await seen._table.on_recovery_completed(tps(0), set())
    assert heard == [0]


async def test_nothing_is_appended_once_the_lease_has_lapsed(kafka, monkeypatch):
    words, now = halts(monkeypatch, lease_module), [100_000]
    monkeypatch.setattr(lease_module, "uptime_ms", lambda: now[0])
    lease = Lease(10.0)
    leased = Leased(kafka, lease)
    await leased.append([Send(CHANGELOG, b"no", b"group", 0)])
    lease.renew(now[0])
    now[0] += 10_000
    await leased.append([Send(CHANGELOG, b"in", b"time", 0)])
    now[0] += 1_000
    with pytest.raises(Halted):
        await leased.append([Send(CHANGELOG, b"too", b"late", 0)])
    assert words == ["the group was silent for 11 s, longer than the session of 10 s"]
    assert list(kafka.last()) == [b"no", b"in"]


def halts(monkeypatch, module):
    words = []

    def halt(what, error=None):
        words.append(what)
        raise Halted

    monkeypatch.setattr(module, "halt", halt)
    return words


async def test_brokers_that_are_away_for_a_while_end_no_worker_and_for_too_long_do(app, monkeypatch):
    now_s, words = [0.0], []

    async def sweep():
        now_s[0] += 400.0
        raise LogUnusable("nobody there")

    def halted(what, fault):
        words.append((now_s[0], what))
        raise Halted

    monkeypatch.setattr(app_module, "SWEEP_S", 0.0)
    monkeypatch.setattr(app_module, "halt", halted)
    monkeypatch.setattr(app, "sweep", sweep)
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now_s[0])
    with pytest.raises(Halted):
        await app._sweep()
    assert words == [(1_200.0, "the changelogs could not be swept for 900 s")]
