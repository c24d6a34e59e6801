"""Reading a real Kafka without a group: gaps, ends, silence, and brokers that go away."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from streams.kafka.access import KafkaAccess
from streams.kafka.admin import KafkaAdmin
from streams.kafka.appender import KafkaAppender
from streams.kafka.reader import KafkaReader
from streams.log.faults import LogFailed, LogUnusable, UnknownTopic
from streams.log.opening import compare_topics, mend_topics, open_log_reader
from streams.log.reader import OpenLog
from streams.settings.model import LogSettings
from streams.shell.message import Send
from tests.support.kafka import ON_KAFKA, KafkaServer, run_apart
from tests.support.logs import CHANGELOG, kafka_settings

pytestmark = ON_KAFKA


@pytest.fixture
def log(kafka: KafkaServer) -> LogSettings:
    found = kafka_settings(kafka)
    assert mend_topics(found) == []
    return found


@pytest.fixture
def reader(log: LogSettings) -> Iterator[OpenLog]:
    with open_log_reader(log) as opened:
        yield opened


def appended(log: LogSettings, *sends: Send, timeout_s: float = 30.0) -> None:
    async def append() -> None:
        appender = KafkaAppender(KafkaAccess(log), log.partitions, timeout_s=timeout_s)
        try:
            await appender.append(sends)
        finally:
            await appender.close()

    run_apart(append)


def on_cluster(log: LogSettings, work: Callable[[AIOKafkaAdminClient], Coroutine[Any, Any, Any]]) -> None:
    async def run() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=log.url.removeprefix("kafka://"))
        await admin.start()
        try:
            await work(admin)
        finally:
            await admin.close()

    run_apart(run)


def test_reading_from_below_what_is_kept_starts_at_the_oldest(log: LogSettings, reader: OpenLog):
    appended(log, *[Send("calls", None, b"%d" % number, 1) for number in range(10)])
    assert reader.read("calls", 1, 8, 2)[0].offset == 8
    below_6 = {TopicPartition("calls", 1): RecordsToDelete(6)}
    on_cluster(log, lambda admin: admin.delete_records(below_6))
    assert reader.begin_offset("calls", 1) == 6
    assert [record.offset for record in reader.read("calls", 1, 2, 100)] == [6, 7, 8, 9]
    all_gone = {TopicPartition("calls", 1): RecordsToDelete(10)}
    on_cluster(log, lambda admin: admin.delete_records(all_gone))
    assert (reader.begin_offset("calls", 1), reader.end_offset("calls", 1)) == (10, 10)
    assert reader.read("calls", 1, 0, 100) == []


@pytest.mark.slow
def test_what_was_compacted_away_leaves_gaps_and_the_reading_ends_all_the_same(log: LogSettings, reader: OpenLog):
    quick = {
        "cleanup.policy": "compact",
        "min.compaction.lag.ms": "0",
        "delete.retention.ms": "0",
        "segment.ms": "200",
        "min.cleanable.dirty.ratio": "0.001",
    }

    async def hasten() -> None:
        async with KafkaAdmin(KafkaAccess(log)) as admin:
            await admin.alter(CHANGELOG, quick)

    run_apart(hasten)
    appended(log, *[Send(CHANGELOG, b"k%d" % (number % 3), b"%d" % number, 0) for number in range(300)])
    for _ in range(40):
        time.sleep(0.5)
        appended(log, Send(CHANGELOG, b"gone", None, 0))  # rolls the segment, so that what is before can go
        left = reader.read(CHANGELOG, 0, 0, 1000)
        if left[0].offset > 0:
            break
    assert [int(record.value) for record in left if record.value is not None] == [297, 298, 299]
    end, offset = reader.end_offset(CHANGELOG, 0), 0
    while records := reader.read(CHANGELOG, 0, offset, 2):
        assert records[0].offset >= offset
        offset = records[-1].offset + 1
    assert offset == end


def test_partitions_may_be_read_in_turns_and_each_goes_on_where_it_was(log: LogSettings, reader: OpenLog):
    appended(log, *[Send("calls", None, b"%d" % number, number % 4) for number in range(400)])
    offsets = dict.fromkeys(range(4), 0)
    found: dict[int, list[int]] = {partition: [] for partition in offsets}
    while any(offsets[partition] < 100 for partition in offsets):
        for partition in offsets:
            records = reader.read("calls", partition, offsets[partition], 30)
            found[partition] += [int(record.value or b"") for record in records]
            offsets[partition] += len(records)
    assert found == {partition: list(range(partition, 400, 4)) for partition in range(4)}


def test_what_is_appended_later_is_seen_by_the_same_reader(log: LogSettings, reader: OpenLog):
    assert reader.read("calls", 0, 0, 10) == []
    appended(log, Send("calls", None, b"1", 0))
    assert [record.value for record in reader.read("calls", 0, 0, 10)] == [b"1"]
    appended(log, Send("calls", None, b"2", 0))
    assert [record.value for record in reader.read("calls", 0, 1, 10)] == [b"2"]
    assert [record.value for record in reader.read("calls", 0, 0, 10)] == [b"1", b"2"]


def test_topics_and_partitions_that_are_not_there_are_named(reader: OpenLog):
    with pytest.raises(UnknownTopic, match=r"no topic 'nothing'.*topics apply"):
        reader.partitions("nothing")
    with pytest.raises(UnknownTopic, match="no partition 4 of topic 'calls'"):
        reader.read("calls", 4, 0, 1)


async def test_a_reader_works_beside_a_loop_that_runs_and_from_several_threads(log: LogSettings, reader: OpenLog):
    await asyncio.to_thread(appended, log, *[Send("calls", None, b"v", part) for part in range(4)])
    reads = [asyncio.to_thread(reader.read, "calls", part % 4, 0, 10) for part in range(20)]
    assert [len(records) for records in await asyncio.gather(*reads)] == [1] * 20
    assert len(reader.read("calls", 0, 0, 10)) == 1


def test_a_broker_that_hangs_is_a_fault_in_time_and_no_waiting(kafka: KafkaServer, log: LogSettings):
    reader = KafkaReader(KafkaAccess(log), timeout_s=2.0)
    appended(log, Send("calls", None, b"v", 0))
    assert len(reader.read("calls", 0, 0, 10)) == 1
    kafka.nodes[0].pause()
    begun = time.monotonic()
    try:
        with pytest.raises(LogUnusable, match=r"had no answer in 2 s: check that the brokers run"):
            reader.read("calls", 0, 0, 10)
        with pytest.raises(LogUnusable):
            reader.committed("countersign", "calls", 0)
        assert time.monotonic() - begun < 10
    finally:
        kafka.nodes[0].resume()
        kafka.wait()
    assert len(reader.read("calls", 0, 0, 10)) == 1, "the same reader goes on once they answer"
    reader.close()


def test_a_broker_that_is_gone_is_a_fault_and_the_close_does_not_hang(kafka: KafkaServer, log: LogSettings):
    reader = KafkaReader(KafkaAccess(log), timeout_s=2.0)
    kafka.nodes[0].kill()
    try:
        with pytest.raises(LogUnusable):
            reader.end_offset("calls", 0)
        begun = time.monotonic()
        reader.close()
        assert time.monotonic() - begun < 5
    finally:
        kafka.nodes[0].start()
        kafka.wait()


@pytest.mark.slow
def test_one_broker_of_three_may_die_and_with_two_dead_nothing_is_taken(three_brokers: KafkaServer):
    log = kafka_settings(three_brokers)
    assert (log.replication, log.min_insync) == (3, 2)
    assert mend_topics(log) == []
    appended(log, *[Send("calls", b"%d" % number, b"before") for number in range(100)])
    three_brokers.nodes[0].kill()
    appended(log, *[Send("calls", b"%d" % number, b"with one dead") for number in range(100)])
    with open_log_reader(log) as reader:
        assert sum(len(reader.read("calls", partition, 0, 1000)) for partition in range(4)) == 200
        assert compare_topics(log) == []
    three_brokers.nodes[1].kill()
    with pytest.raises((LogFailed, LogUnusable)):  # the last one may have no number left for a new producer
        appended(log, Send("calls", b"k", b"with two dead"), timeout_s=4.0)
    for node in three_brokers.nodes[:2]:
        node.start()
    three_brokers.wait()
    appended(log, Send("calls", b"k", b"after"))


@pytest.mark.slow
def test_topics_made_on_three_brokers_are_there_whichever_of_them_answers(three_brokers: KafkaServer):
    """Requests go to any broker, and one that has not heard of a new topic yet says that there is none."""
    log = kafka_settings(three_brokers)
    for _ in range(5):
        three_brokers.wipe()
        assert mend_topics(log) == []
