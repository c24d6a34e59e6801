"""A table's writes, its partitions, and how it recovers; beside what stock Faust would do (F5, F6, F25)."""

import asyncio
from types import SimpleNamespace

import faust
import pytest
from faust.exceptions import ValueDecodeError
from faust.stores.memory import Store as StockStore
from faust.types import TP

from streams.log.faults import LogUnusable
from streams.shell import recovery as recovery_module
from streams.shell import store as store_module
from streams.shell.app import create_faust_app
from streams.shell.message import Send
from streams.shell.table import DurableTable
from tests.support.logs import CHANGELOG, open_writer
from tests.support.stock import Halted
from tests.support.stock import app as stock_app


@pytest.fixture
def writer(tmp_path):
    opened = open_writer(tmp_path / "log.db")
    yield opened
    opened.close()


@pytest.fixture
def seen(writer):
    table = DurableTable("seen")
    table.bind(create_faust_app("sqlite:///log.db", partitions=4, writer=writer))
    return table


def change(key, value, partition=0, topic=CHANGELOG):
    message = SimpleNamespace(topic=topic, partition=partition, key=key, value=value)
    return SimpleNamespace(key=key, value=value, message=message)


def tps(*partitions):
    return {TP(CHANGELOG, partition) for partition in partitions}


async def recover(table, *partitions, generation=1):
    """As Faust does: the partitions are new to this worker, and it waits until they are recovered."""
    await table.on_rebalance(tps(*partitions), set(), tps(*partitions), generation)
    await table.on_recovery_completed(tps(*partitions), set())


async def test_writes_go_to_the_partition_of_the_message_and_are_visible_at_once(seen):
    changes = []
    with seen.turn(2, changes):
        seen.put(b"k", b"v")
        assert seen.entries(2) == {b"k": b"v"}
        seen.remove(b"k")
        seen.remove(b"unknown")
    assert changes == [Send(CHANGELOG, b"k", b"v", 2), Send(CHANGELOG, b"k", None, 2)]
    assert seen.entries(2) == {}


async def test_writes_outside_of_a_handler_are_refused(seen):
    for write in (lambda: seen.put(b"k", b"v"), lambda: seen.remove(b"k")):
        with pytest.raises(RuntimeError, match="table seen can only be written by a handler"):
            write()


async def test_listeners_get_each_partition_once_it_is_recovered(seen, writer):
    heard = []
    seen.on_assigned(lambda partition, entries: heard.append((partition, dict(entries))))
    await writer.append([Send(CHANGELOG, b"a", b"1", 0), Send(CHANGELOG, b"b", b"2", 3)])
    await recover(seen._table, 0, 1, 3)
    assert heard == [(0, {b"a": b"1"}), (1, {}), (3, {b"b": b"2"})]


async def test_set_remove_set_to_a_falsy_value_recovers_as_that_value(seen, writer):
    sets = [(b"k", b"x"), (b"k", None), (b"k", b""), (b"gone", b"x"), (b"gone", None)]
    await writer.append([Send(CHANGELOG, key, value, 0) for key, value in sets])
    await recover(seen._table, 0)
    assert seen.entries(0) == {b"k": b""}


def test_stock_faust_still_loses_a_falsy_value_on_recovery():
    store = StockStore("memory://", stock_app(), SimpleNamespace(name="seen"))
    batch = [change(b"k", b"x"), change(b"k", None), change(b"k", b"")]
    store.apply_changelog_batch(batch, to_key=lambda key: key, to_value=lambda value: value)
    assert b"k" not in store.data, "fixed upstream (F6)"


async def test_a_revoked_partition_is_dropped_and_comes_back_as_its_changelog_says(seen, writer):
    revoked = []
    seen.on_revoked(revoked.append)
    await writer.append([Send(CHANGELOG, b"a", b"1", 0)])
    await recover(seen._table, 0)
    with seen.turn(0, []):
        seen.put(b"live", b"write")
    await seen._table.on_rebalance(set(), tps(0), set(), 2)
    assert revoked == [0]
    assert seen.entries(0) == {}
    await recover(seen._table, 0, generation=3)
    assert seen.entries(0) == {b"a": b"1"}


async def test_a_partition_that_stays_is_kept_without_another_recovery(seen, writer):
    heard = []
    seen.on_assigned(lambda partition, entries: heard.append((partition, dict(entries))))
    await recover(seen._table, 0)
    with seen.turn(0, []):
        seen.put(b"live", b"write")
    await seen._table.on_rebalance(tps(0, 1), set(), tps(1), 2)
    await seen._table.on_recovery_completed(tps(0, 1), set())
    assert heard == [(0, {}), (1, {})]
    assert seen.entries(0) == {b"live": b"write"}


async def test_a_partition_that_stays_is_recovered_anew_if_a_generation_was_missed(seen, writer):
    revoked, heard = [], []
    seen.on_revoked(revoked.append)
    seen.on_assigned(lambda partition, entries: heard.append((partition, dict(entries))))
    await recover(seen._table, 0)
    with seen.turn(0, []):
        seen.put(b"stale", b"write")
    await writer.append([Send(CHANGELOG, b"other", b"owner", 0)])
    await seen._table.on_rebalance(tps(0), set(), set(), 3)
    await seen._table.on_recovery_completed(tps(0), set())
    assert revoked == [0]
    assert heard == [(0, {}), (0, {b"other": b"owner"})]


async def test_what_is_taken_away_during_its_recovery_is_left_alone(seen, monkeypatch):
    heard, reading, go_on = [], asyncio.Event(), asyncio.Event()
    seen.on_assigned(lambda partition, entries: heard.append(partition))
    read = seen._table.app.changelog.read

    async def slowly(topic, starts):
        reading.set()
        await go_on.wait()
        async for each in read(topic, starts):
            yield each

    monkeypatch.setattr(seen._table.app.changelog, "read", slowly)
    recovering = asyncio.ensure_future(recover(seen._table, 0, 1))
    await reading.wait()
    await seen._table.on_rebalance(tps(1), tps(0), set(), 2)
    go_on.set()
    await recovering
    assert heard == []
    await seen._table.on_recovery_completed(tps(1), set())
    assert heard == [1]


async def test_stock_faust_still_keeps_live_keys_of_a_lost_partition():
    store = StockStore("memory://", stock_app(), SimpleNamespace(name="seen"))
    store["live"] = "write"
    await store.on_recovery_completed({TP("changelog", 7)}, set())
    assert "live" in store.data, "fixed upstream (F5)"


def test_stock_faust_still_cannot_recover_a_table_of_dicts():
    table = stock_app().Table("seen", value_type=dict)
    with pytest.raises(ValueDecodeError, match="from_data"):
        table.app.serializers.loads_value(dict, b"{}", serializer="json")


async def test_a_recovery_that_differs_from_the_logs_own_count_halts(seen, writer, monkeypatch):
    await writer.append([Send(CHANGELOG, key, b"v", 0) for key in (b"a", b"b", b"c")])
    read = seen._table.app.changelog.read

    async def loses_one(topic, starts):
        async for partition, changes in read(topic, starts):
            yield partition, changes[1:]

    monkeypatch.setattr(seen._table.app.changelog, "read", loses_one)
    words = _halts(monkeypatch, recovery_module)
    with pytest.raises(Halted):
        await recover(seen._table, 0)
    assert words == ["table seen, partition 0: 2 entries recovered, 3 live keys on the changelog"]


async def test_a_recovery_that_fails_halts(seen, monkeypatch):
    async def fails(topic, starts):
        raise LogUnusable("gone")
        yield

    monkeypatch.setattr(seen._table.app.changelog, "read", fails)
    words = _halts(monkeypatch, recovery_module)
    with pytest.raises(Halted):
        await recover(seen._table, 0)
    assert words == ["table seen could not be recovered"]


async def test_fausts_own_recovery_never_reaches_the_table(seen, monkeypatch):
    words = _halts(monkeypatch, store_module)
    with pytest.raises(Halted):
        seen._table.apply_changelog_batch([change(b"a", b"v")])
    assert words == ["Faust was about to recover table seen by itself"]
    assert not seen._table.app.tables.recovery.need_recovery()


def _halts(monkeypatch, module):
    words = []

    def halt(what, error=None):
        words.append(what)
        raise Halted

    monkeypatch.setattr(module, "halt", halt)
    return words


def test_faust_is_the_version_that_was_read():
    assert faust.__version__ == "0.15.3"
