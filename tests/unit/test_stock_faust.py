"""What stock Faust 0.15.3 still loses, so that an upgrade that changes it is noticed.

docs/explanation/stock-faust.md says which test stands for which fault; those that need a broker are in
tests/system/test_stock_faust_on_kafka.py.
"""

import asyncio
import contextlib
import logging
import re
from types import SimpleNamespace

import faust.streams
import pytest
from faust.events import Event
from faust.exceptions import PartitionsMismatch
from faust.transport.consumer import Consumer
from faust.transport.producer import ProducerBuffer
from faust.types import TP
from faust.types.tuples import FutureMessage

from streams.shell.app import create_faust_app
from streams.shell.table import DurableTable
from streams.topics import plan
from tests.support.failpoints import ROOT
from tests.support.stock import CALLS, Bookkeeping, app, consumer, hand_out


class Stock(Bookkeeping, Consumer):
    pass


async def test_an_exception_in_an_agent_still_acknowledges_the_message():
    stock = consumer(Stock, committed=0)
    (message,) = hand_out(stock, 0).values()
    message.refcount = 1
    stream = stock.app.stream(stock.app.channel())
    stock.app.flow_control.resume()
    stock.app.consumer_generation_id = message.generation_id
    with contextlib.suppress(ValueError):
        async with asyncio.timeout(5), contextlib.aclosing(aiter(stream)) as values:
            await stream.channel.put(Event(stock.app, b"k", b"v", None, message))
            async for _ in values:
                raise ValueError
    assert message.acked, "fixed upstream (F2)"


async def test_a_flush_still_returns_before_everything_is_sent():
    buffer = ProducerBuffer()
    buffer.app = app()

    async def hang(_message):
        await asyncio.sleep(60)

    buffer._send_pending = hang
    await buffer.start()
    for _ in range(3):
        buffer.put(FutureMessage(None))
    await asyncio.sleep(0)
    await buffer.flush()
    assert buffer.size == 2, "fixed upstream (F3)"
    buffer.pending = asyncio.Queue()
    await buffer.stop()


async def test_a_failed_send_is_still_only_logged(caplog):
    topic = app().topic("verdicts")
    sent, lost = asyncio.get_running_loop().create_future(), FutureMessage(SimpleNamespace(channel=topic))
    sent.set_exception(RuntimeError("message too large"))
    with caplog.at_level(logging.WARNING):
        topic._on_published(sent, lost, producer=None, state=None)
    assert isinstance(lost.exception(), RuntimeError)
    assert "message too large" in caplog.text, "fixed upstream (F4)"


async def test_a_recovered_window_still_never_expires():
    table = app().Table("seen", default=int, value_type=int).tumbling(10, expires=20).table
    key = ("ada", (0.0, 9.9))
    message = SimpleNamespace(partition=0, key=key, value=1, tp=TP("seen-changelog", 0), offset=0)
    table.data.apply_changelog_batch(
        [SimpleNamespace(key=key, value=1, message=message)], to_key=lambda key: key, to_value=lambda value: value
    )
    await table._del_old_keys()
    assert key in table.data, "fixed upstream (F7)"


def test_tables_of_the_shell_have_no_windows(kafka_app):
    table = DurableTable("seen")
    table.bind(kafka_app)
    assert not table._table.is_global
    assert table._table.window is None


def test_the_offsets_of_exactly_once_tables_are_still_looked_up_under_the_wrong_name():
    tables, stored = app().tables, []
    store = SimpleNamespace(set_persisted_offset=lambda tp, offset: stored.append((tp, offset)))
    tables.persist_offset_on_commit(store, TP("stock-seen-changelog", 0), 7)
    tables.on_commit({CALLS: 8})
    assert stored == [], "fixed upstream (F9)"


async def test_a_failed_commit_still_counts_as_committed():
    class Fails(Stock):
        async def _commit(self, offsets):
            return False

    stock = consumer(Fails, committed=3)
    stock.app._producer = SimpleNamespace(flush=lambda: asyncio.sleep(0))
    assert not await stock._commit_offsets({CALLS: 5})
    assert stock._committed_offset[CALLS] == 5, "fixed upstream (F11)"


async def test_the_pure_python_stream_still_acknowledges_what_it_skips_after_a_rebalance(monkeypatch):
    monkeypatch.setattr(faust.streams, "_CStreamIterator", None)
    stock = consumer(Stock, committed=0)
    stale, fresh = hand_out(stock, 0, 1).values()
    stale.refcount = fresh.refcount = 1
    stale.generation_id = 0
    stream = stock.app.stream(stock.app.channel())
    stock.app.flow_control.resume()
    stock.app.consumer_generation_id = fresh.generation_id
    async with asyncio.timeout(5), contextlib.aclosing(aiter(stream)) as values:
        for message in (stale, fresh):
            await stream.channel.put(Event(stock.app, b"k", b"v", None, message))
        async for _ in values:
            break
    assert stale.acked, "fixed upstream (F12)"


def test_a_table_still_cannot_be_written_from_a_timer():
    with pytest.raises(TypeError, match="outside of stream iteration"):
        app().Table("seen").partition_for_key(b"k")


def test_a_dead_worker_is_still_noticed_after_a_minute_by_default(kafka_app):
    assert faust.App("stock", broker="kafka://127.0.0.1:1").conf.broker_session_timeout == 60.0
    assert kafka_app.conf.broker_session_timeout == 10.0
    assert kafka_app.conf.broker_heartbeat_interval == 3.0
    assert kafka_app.conf.consumer_group_instance_id is None


def test_a_source_with_another_partition_count_than_its_table_still_fails_at_the_first_write():
    stock = app()
    counts = {"calls": 4, stock.Table("seen").changelog_topic_name: 8}
    stock._consumer = SimpleNamespace(topic_partitions=counts.get)
    table = stock.tables["seen"]
    with pytest.raises(PartitionsMismatch):
        table._verify_source_topic_partitions("calls")
    assert {topic.partitions for topic in plan(8)} == {8}


@pytest.fixture
def kafka_app():
    return create_faust_app("kafka://127.0.0.1:1", partitions=4, writer=None)


def test_the_web_server_with_the_tables_is_still_on_by_default():
    conf = faust.App("stock", broker="kafka://127.0.0.1:1").conf
    assert conf.web_enabled
    assert conf.web_tables_enabled, "fixed upstream (F19)"


def test_every_test_that_the_document_names_exists():
    page = (ROOT / "docs/explanation/stock-faust.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page)
    assert len(named) > 20
    assert [name for path, name in named if f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")] == []
