"""What either log promises: the same bodies on the embedded log and on a real Kafka."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from streams.partitioner import partition_of
from streams.shell.message import Send
from tests.support.kafka import ON_KAFKA
from tests.support.logs import CHANGELOG, EmbeddedLog, KafkaLog


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=ON_KAFKA)])
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[EmbeddedLog | KafkaLog]:
    is_kafka = request.param == "kafka"
    opened = KafkaLog(request.getfixturevalue("kafka")) if is_kafka else EmbeddedLog(tmp_path / "log.db")
    yield opened
    await opened.close()


async def test_messages_come_back_as_they_were_appended(log):
    (where,) = await log.append(Send("calls", b"key", b"\x00value\xff"))
    (record,) = await log.read("calls", where.partition, where.offset)
    assert (record.key, record.value, record.offset) == (b"key", b"\x00value\xff", where.offset)
    assert record.timestamp_ms == where.timestamp_ms


async def test_a_tombstone_reads_as_no_value_and_an_empty_value_as_empty(log):
    await log.append(Send(CHANGELOG, b"gone", None, 1), Send(CHANGELOG, b"kept", b"", 1))
    assert [record.value for record in await log.read(CHANGELOG, 1)] == [None, b""]


async def test_offsets_rise_by_one_in_each_partition(log):
    sends = [Send("calls", b"k%d" % number, b"v") for number in range(200)]
    positions = [
        position for chunk in range(0, 200, 7) for position in await log.append(*sends[chunk : chunk + 7])
    ]
    for partition in range(4):
        offsets = [position.offset for position in positions if position.partition == partition]
        assert offsets == list(range(len(offsets)))
        assert await log.ends("calls", partition) == (0, len(offsets))


async def test_a_key_keeps_its_partition_and_a_given_partition_wins(log):
    by_key, given = await log.append(Send("calls", b"ada", b"v"), Send("calls", b"ada", b"v", 3))
    assert by_key.partition == partition_of(b"ada", 4)
    assert given.partition == 3


async def test_overlapping_appends_keep_the_order_of_the_calls(log):
    waiting = [asyncio.ensure_future(log.append(Send("calls", b"one", b"%d" % number))) for number in range(100)]
    await asyncio.gather(*waiting)
    records = await log.read("calls", partition_of(b"one", 4))
    assert [int(record.value) for record in records] == list(range(100))


async def test_append_times_never_fall_in_a_partition(log):
    for number in range(50):
        await log.append(Send("calls", b"%d" % number, b"v", 0))
    times = [record.timestamp_ms for record in await log.read("calls", 0)]
    assert times == sorted(times)


async def test_reading_starts_at_the_offset_and_stops_at_the_limit(log):
    await log.append(*[Send("calls", None, b"%d" % number, 2) for number in range(10)])
    records = await log.read("calls", 2, offset=4, limit=3)
    assert [record.offset for record in records] == [4, 5, 6]
    assert await log.read("calls", 2, offset=10) == []


async def test_groups_have_their_own_offsets(log):
    await log.commit("triage", "calls", 0, 12)
    await log.commit("triage", "calls", 0, 15)
    await log.commit("archive", "calls", 0, 3)
    assert await log.committed("triage", "calls", 0) == 15
    assert await log.committed("archive", "calls", 0) == 3
    assert await log.committed("archive", "calls", 1) == 0


async def test_everything_acknowledged_is_there_after_a_restart(log):
    await log.append(Send("calls", b"k", b"v", 1), Send("verdicts", b"k", b"w", 2))
    await log.commit("triage", "calls", 1, 1)
    await log.reopen()
    assert [record.value for record in await log.read("calls", 1)] == [b"v"]
    assert [record.value for record in await log.read("verdicts", 2)] == [b"w"]
    assert await log.committed("triage", "calls", 1) == 1
    (again,) = await log.append(Send("calls", b"k", b"x", 1))
    assert again.offset == 1
    assert await log.partitions("calls") == 4
