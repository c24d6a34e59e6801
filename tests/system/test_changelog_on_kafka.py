"""Reading a changelog back from a real Kafka: epochs, gaps, several partitions, and brokers that do not answer."""

import time

import pytest

from streams.kafka.access import KafkaAccess
from streams.kafka.changelog import KafkaChangelog
from streams.log.faults import LogUnusable
from streams.settings.model import LogSettings
from streams.shell.ownership import Change
from tests.support.logs import CHANGELOG
from tests.support.shell_on_kafka import make_topics, produce

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.xdist_group("kafka")]


async def read(hosts, starts, quiet_s=10.0):
    access = KafkaAccess(LogSettings(url=f"kafka://{hosts[0]}"))
    found = {partition: [] for partition in starts}
    async for partition, changes in KafkaChangelog(access, quiet_s=quiet_s).read(CHANGELOG, starts):
        found[partition] += changes
    return found


async def test_every_partition_is_read_from_its_offset_to_its_end_with_its_epochs(kafka):
    await make_topics(kafka.hosts, 3)
    records = [(CHANGELOG, 0, b"a", b"1", None), (CHANGELOG, 0, b"a", None, 7), (CHANGELOG, 2, b"b", b"2", 300)]
    await produce(kafka.hosts, *records)
    assert await read(kafka.hosts, {0: 0, 1: 0, 2: 0}) == {
        0: [Change(0, b"a", b"1", 0), Change(1, b"a", None, 7)],
        1: [],
        2: [Change(0, b"b", b"2", 300)],
    }
    assert await read(kafka.hosts, {0: 1, 2: 1}) == {0: [Change(1, b"a", None, 7)], 2: []}


async def test_what_compaction_left_is_read_over_its_gaps(kafka):
    compact = {"segment.ms": "100", "min.cleanable.dirty.ratio": "0.01", "max.compaction.lag.ms": "100"}
    await make_topics(kafka.hosts, 1, **compact)
    end = time.monotonic() + 60.0
    while True:
        await produce(kafka.hosts, *[(CHANGELOG, 0, b"k%d" % (number % 3), b"v", 5) for number in range(30)])
        changes = (await read(kafka.hosts, {0: 0}))[0]
        offsets = [change.offset for change in changes]
        if len(changes) < changes[-1].offset:
            break
        assert time.monotonic() < end, "nothing was compacted"
    assert offsets == sorted(set(offsets))
    assert {change.key for change in changes} == {b"k0", b"k1", b"k2"}


async def test_a_reading_that_gets_no_answer_ends_in_a_bounded_time(kafka):
    await make_topics(kafka.hosts, 1)
    await produce(kafka.hosts, (CHANGELOG, 0, b"a", b"1", 1))
    kafka.nodes[0].pause()
    try:
        started = time.monotonic()
        with pytest.raises(LogUnusable):
            await read(kafka.hosts, {0: 0}, quiet_s=2.0)
        assert time.monotonic() - started < 15.0
    finally:
        kafka.nodes[0].resume()
