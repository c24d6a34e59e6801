"""How long the coordinator of the group may take, and what becomes of one that takes longer."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka.client import ConnectionGroup
from aiokafka.conn import CloseReason
from aiokafka.errors import RequestTimedOutError
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.protocol.group import HeartbeatRequest, SyncGroupRequest

from streams.kafka import group_requests as module
from streams.kafka.group_requests import GroupRequests

HEARTBEAT = HeartbeatRequest("countersign", 3, "member")
FETCH = OffsetFetchRequest("countersign", [])
SYNC = SyncGroupRequest("countersign", 3, "member", None, [])


class Coordinator:
    """As aiokafka's: on node 1, answering when it is let."""

    def __init__(self):
        self.coordinator_id = 1
        self.closed = []
        self.answers = asyncio.Event()
        self.connection = SimpleNamespace(_request_timeout=5.0, close=self._close)
        self._client = SimpleNamespace(_conns={(1, ConnectionGroup.COORDINATION): self.connection})

    def _close(self, reason):
        self.closed.append(reason)

    async def _send_req(self, request):
        await self.answers.wait()
        return request

    def coordinator_dead(self):
        self.coordinator_id = None


@pytest.fixture
def coordinator(monkeypatch):
    monkeypatch.setattr(module, "ANSWER_S", 0.05)
    monkeypatch.setattr(module, "HEARTBEAT_S", 0.05)
    return Coordinator()


@pytest.mark.parametrize("request_", [HEARTBEAT, FETCH], ids=["heartbeat", "fetch"])
async def test_a_coordinator_that_stands_still_is_given_up_and_looked_for_anew(coordinator, request_):
    with pytest.raises(RequestTimedOutError):
        await GroupRequests(coordinator, 30.0).send(request_)
    assert coordinator.closed == [CloseReason.CONNECTION_TIMEOUT]
    assert coordinator.coordinator_id is None


async def test_one_that_was_found_meanwhile_stays(coordinator):
    sending = asyncio.ensure_future(GroupRequests(coordinator, 30.0).send(HEARTBEAT))
    await asyncio.sleep(0)
    coordinator.coordinator_id = 2
    with pytest.raises(RequestTimedOutError):
        await sending
    assert coordinator.coordinator_id == 2


async def test_a_join_and_what_waits_behind_it_may_take_as_long_as_the_rebalance(coordinator):
    requests = GroupRequests(coordinator, 30.0)
    joining = asyncio.ensure_future(requests.send(SYNC))
    await asyncio.sleep(0)
    behind = asyncio.ensure_future(requests.send(FETCH))
    await asyncio.sleep(0.2)
    assert not joining.done()
    assert not behind.done()
    assert coordinator.connection._request_timeout == 30.0
    coordinator.answers.set()
    assert [await joining, await behind] == [SYNC, FETCH]
    coordinator.answers.clear()
    with pytest.raises(RequestTimedOutError):
        await requests.send(FETCH)
