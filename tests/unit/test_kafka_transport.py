"""What the thread that speaks with the group does beside Faust: it renews the lease, and leaves after a sleep."""

import asyncio
import inspect
from types import SimpleNamespace

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import IllegalStateError, NodeNotReadyError
from aiokafka.protocol.group import HeartbeatRequest, SyncGroupRequest
from aiokafka.protocol.metadata import MetadataRequest
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread as FaustConsumerThread
from faust.types import TP

from streams.kafka import transport as module
from streams.kafka.stalls import FETCH_BYTES, start
from streams.kafka.transport import Consumer, ConsumerThread
from streams.shell.app import create_faust_app
from streams.shell.lease import Lease
from tests.support.stock import Halted

HEARTBEAT = HeartbeatRequest("countersign", 3, "member")
SYNC = SyncGroupRequest("countersign", 3, "member", None, [])


class Renewals(Lease):
    def __init__(self):
        super().__init__(10.0)
        self.sent_ms = []

    def renew(self, sent_ms):
        self.sent_ms.append(sent_ms)


@pytest.fixture
def thread(monkeypatch):
    made = ConsumerThread.__new__(ConsumerThread)
    app = SimpleNamespace(lease=Renewals(), conf=SimpleNamespace(broker_request_timeout=30.0))
    monkeypatch.setattr(ConsumerThread, "app", app, raising=False)
    return made


def coordinator(send, client=None, **more):
    """As aiokafka's, on node 1."""
    client = client or SimpleNamespace(_conns={})
    return SimpleNamespace(_send_req=send, _client=client, coordinator_id=1, **more)


@pytest.mark.parametrize(
    ("request_", "error", "renews"),
    [
        (HEARTBEAT, 0, True),
        (HEARTBEAT, 27, True),  # the group rebalances: still a member
        (HEARTBEAT, 25, False),  # unknown member
        (HEARTBEAT, 22, False),  # illegal generation
        (SYNC, 0, True),
        (SYNC, 27, False),
        (MetadataRequest([]), 0, False),
    ],
)
async def test_the_lease_runs_from_the_sending_of_what_the_group_answered_well(
    thread, monkeypatch, request_, error, renews
):
    now = [5_000]
    monkeypatch.setattr(module, "uptime_ms", lambda: now[0])

    async def send(_request):
        now[0] += 4_000
        return SimpleNamespace(error_code=error)

    await thread._listening(coordinator(send))(request_)
    assert thread.app.lease.sent_ms == ([5_000] if renews else [])


async def test_an_unanswered_heartbeat_renews_nothing(thread):
    async def send(_request):
        raise NodeNotReadyError

    with pytest.raises(NodeNotReadyError):
        await thread._listening(coordinator(send))(HEARTBEAT)
    assert thread.app.lease.sent_ms == []


@pytest.mark.parametrize(("slept_ms", "leaves"), [(9_000, False), (12_000, True)])
async def test_a_process_that_slept_longer_than_its_session_leaves(thread, monkeypatch, slept_ms, leaves):
    times, words = iter([0, slept_ms, slept_ms]), []

    def halt(what):
        words.append(what)
        raise Halted

    monkeypatch.setattr(module, "halt", halt)
    monkeypatch.setattr(module, "uptime_ms", lambda: next(times))
    monkeypatch.setattr(module, "_TICK_S", 0.01)
    watching = asyncio.ensure_future(thread._watch())
    await asyncio.wait([watching], timeout=0.3)
    assert bool(words) is leaves
    watching.cancel()
    with pytest.raises((Halted, asyncio.CancelledError, RuntimeError)):
        await watching


def test_the_consumer_of_the_shell_speaks_through_that_thread():
    app = create_faust_app("kafka://127.0.0.1:1", partitions=4, writer=None)
    assert issubclass(app._new_transport().Consumer, Consumer)


async def test_a_partition_of_which_nothing_is_committed_is_read_from_its_beginning(thread, monkeypatch):
    """A fetch from before the rebalance may have moved it on, and what it took was thrown away."""
    sought = []

    class Driver:
        _subscription = SimpleNamespace(subscription=SimpleNamespace(assignment=SimpleNamespace(active=True)))

        async def seek_to_committed(self):
            return {TP("calls", 0): 7, TP("calls", 1): None, TP("calls", 2): 0, TP("changelog", 1): None}

        async def seek_to_beginning(self, *tps):
            sought.extend(tps)
            return True

    monkeypatch.setattr(ConsumerThread, "_ensure_consumer", lambda _self: Driver())
    tables = SimpleNamespace(changelog_topics={"changelog"})
    monkeypatch.setattr(ConsumerThread, "app", SimpleNamespace(tables=tables), raising=False)
    assert await thread._seek_all() == await Driver().seek_to_committed()
    assert sorted(sought) == [TP("calls", 1), TP("calls", 2)]


@pytest.mark.parametrize("ours", [False, True])
async def test_a_seek_that_a_rebalance_overtakes_is_left_to_it_and_one_without_an_answer_ends_the_process(
    thread, monkeypatch, ours
):
    """aiokafka answers False to both: after its time, and as soon as the assignment is another."""
    assignment = SimpleNamespace(active=True)

    class Driver:
        _subscription = SimpleNamespace(subscription=SimpleNamespace(assignment=assignment))

        async def seek_to_committed(self):
            return {TP("calls", 1): None}

        async def seek_to_beginning(self, *_):
            assignment.active = ours
            return False

    def halt(what):
        raise Halted(what)

    monkeypatch.setattr(module, "halt", halt)
    monkeypatch.setattr(ConsumerThread, "_ensure_consumer", lambda _self: Driver())
    tables = SimpleNamespace(changelog_topics=set())
    monkeypatch.setattr(ConsumerThread, "app", SimpleNamespace(tables=tables), raising=False)
    with pytest.raises(Halted if ours else IllegalStateError):
        await thread._seek_all()


async def test_a_fetch_that_finds_nothing_comes_back_before_a_page_would_be_late(thread, monkeypatch):
    stock = AIOKafkaConsumer(bootstrap_servers="127.0.0.1:1", fetch_max_wait_ms=1_500)
    monkeypatch.setattr(FaustConsumerThread, "_create_worker_consumer", lambda _self, _transport: stock)
    made = thread._create_worker_consumer(None)
    assert made._fetch_max_wait_ms == 200
    assert (made._fetch_max_bytes, made._client._request_timeout_ms) == (FETCH_BYTES, 5_000)
    assert made.start.func is start
    assert "fetch_max_wait_ms=self._fetch_max_wait_ms" in inspect.getsource(AIOKafkaConsumer.start)
    await stock.stop()
