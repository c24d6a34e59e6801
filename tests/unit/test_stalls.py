"""The limit for each answer of a broker: short, and longer after one that did not come."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka.client import ConnectionGroup
from aiokafka.conn import CloseReason
from aiokafka.errors import KafkaConnectionError

from streams.kafka import stalls as module
from streams.kafka.stalls import Bound, start


@pytest.fixture
def client():
    told = []
    connections = {
        (1, ConnectionGroup.DEFAULT): SimpleNamespace(_request_timeout=None),
        (1, ConnectionGroup.COORDINATION): SimpleNamespace(_request_timeout=30.0),
    }
    return SimpleNamespace(
        _request_timeout_ms=30_000,
        _conns=connections,
        told=told,
        _on_connection_closed=lambda *how: told.append(how),
    )


def limits(client):
    return client._request_timeout_ms, client._conns[1, ConnectionGroup.DEFAULT]._request_timeout


async def test_an_answer_that_did_not_come_doubles_the_limit_up_to_that_of_the_work(client):
    Bound(client)
    assert limits(client) == (5_000, 5.0)
    seen = []
    for _ in range(4):
        client._on_connection_closed("it", CloseReason.CONNECTION_TIMEOUT)
        seen.append(limits(client)[0])
    assert seen == [10_000, 20_000, 30_000, 30_000]
    assert client.told == [("it", CloseReason.CONNECTION_TIMEOUT)] * 4
    assert client._conns[1, ConnectionGroup.COORDINATION]._request_timeout == 30.0


async def test_a_broken_connection_is_no_slow_one(client):
    Bound(client)
    client._on_connection_closed("it", CloseReason.CONNECTION_BROKEN)
    assert limits(client) == (5_000, 5.0)
    assert client.told == [("it", CloseReason.CONNECTION_BROKEN)]


async def test_once_all_is_calm_the_short_limit_counts_again(client, monkeypatch):
    monkeypatch.setattr(module, "CALM_S", 0.05)
    Bound(client)
    client._on_connection_closed("it", CloseReason.CONNECTION_TIMEOUT)
    assert limits(client) == (10_000, 10.0)
    await asyncio.sleep(0.2)
    assert limits(client) == (5_000, 5.0)


async def test_a_start_is_tried_again_where_hosts_were_slow_and_not_where_there_are_none(monkeypatch):
    monkeypatch.setattr(module, "ANSWER_S", 0.05)
    tries = []

    async def slow():
        tries.append("slow")
        await asyncio.sleep(0.1)
        if len(tries) < 3:
            raise KafkaConnectionError

    async def refused():
        tries.append("refused")
        raise KafkaConnectionError

    await start(slow)
    with pytest.raises(KafkaConnectionError):
        await start(refused)
    assert tries == ["slow", "slow", "slow", "refused"]
