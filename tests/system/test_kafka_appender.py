"""What is appended to a real Kafka: in order, once, and never lost in silence."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.produce import ProduceRequest

from streams.kafka import stalls
from streams.kafka.access import KafkaAccess
from streams.kafka.appender import KafkaAppender
from streams.kafka.changelog import KafkaChangelog
from streams.kafka.topic_settings import MAX_MESSAGE_BYTES
from streams.log.faults import LogFailed, LogUnusable
from streams.log.opening import mend_topics, open_log_reader
from streams.settings.model import LogSettings
from streams.shell.message import Send
from streams.topics import changelog as topic_of
from tests.support.kafka import ON_KAFKA, KafkaServer
from tests.support.logs import kafka_settings

pytestmark = ON_KAFKA

Make = Callable[..., KafkaAppender]


@pytest.fixture
async def make(kafka: KafkaServer) -> AsyncIterator[Make]:
    """Makes appenders to the one node, which has its topics."""
    log = kafka_settings(kafka)
    assert mend_topics(log) == []
    made: list[KafkaAppender] = []

    def appender(timeout_s: float = 20.0) -> KafkaAppender:
        made.append(KafkaAppender(KafkaAccess(log), log.partitions, timeout_s=timeout_s))
        return made[-1]

    yield appender
    for each in made:
        await each.close()


def number(value: int, partition: int = 0) -> Send:
    return Send("calls", None, b"%d" % value, partition)


async def numbers(log: LogSettings, partition: int = 0) -> list[int]:
    """What lies on a partition of `calls`."""

    def read() -> list[int]:
        with open_log_reader(log) as reader:
            found, offset = [], reader.begin_offset("calls", partition)
            while records := reader.read("calls", partition, offset, 500):
                found += [int(record.value or b"") for record in records]
                offset = records[-1].offset + 1
            return found

    return await asyncio.to_thread(read)


async def test_calls_that_overlap_keep_their_order_and_fill_batches(kafka: KafkaServer, make: Make):
    appender = make()
    await asyncio.gather(*[appender.append([number(2 * n), number(2 * n + 1)]) for n in range(500)])
    assert await numbers(kafka_settings(kafka)) == list(range(1000))


async def test_headers_of_an_append_arrive(kafka: KafkaServer, make: Make):
    from aiokafka import AIOKafkaConsumer

    await make().append([Send("calls", b"k", None, 1, (("cs-epoch", b"\x00\x07"),))])
    async with AIOKafkaConsumer("calls", bootstrap_servers=kafka.hosts, auto_offset_reset="earliest") as consumer:
        record = await asyncio.wait_for(consumer.getone(), 20)
    assert (record.key, record.value, record.headers) == (b"k", None, (("cs-epoch", b"\x00\x07"),))


async def test_an_answer_that_is_lost_on_its_way_doubles_nothing_and_turns_nothing_round(
    kafka: KafkaServer, make: Make, monkeypatch: pytest.MonkeyPatch
):
    """The broker has the batch and the producer does not know it: it sends it again, under the same number."""
    lost = 0
    real = AIOKafkaClient.send

    async def send(self: AIOKafkaClient, node_id: int, request: Any, **more: Any) -> Any:
        nonlocal lost
        answer = await real(self, node_id, request, **more)
        if isinstance(request, ProduceRequest) and lost < 3:
            lost += 1
            raise KafkaConnectionError("the answer was lost")
        return answer

    monkeypatch.setattr(AIOKafkaClient, "send", send)
    appender = make()
    await asyncio.gather(*[appender.append([number(n)]) for n in range(300)])
    assert lost == 3
    assert await numbers(kafka_settings(kafka)) == list(range(300))


async def test_an_append_that_a_standing_broker_does_not_answer_is_sent_again_and_arrives_once(
    kafka: KafkaServer, make: Make, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stalls, "ANSWER_S", 0.5)
    sent = 0
    real = AIOKafkaClient.send

    async def send(self: AIOKafkaClient, node_id: int, request: Any, **more: Any) -> Any:
        nonlocal sent
        sent += isinstance(request, ProduceRequest)
        return await real(self, node_id, request, **more)

    monkeypatch.setattr(AIOKafkaClient, "send", send)
    appender = make()
    await appender.append([number(0)])
    kafka.nodes[0].pause()
    unknown = Send("case-log", b"k", b"to a topic that it has not sent to before")
    waiting = asyncio.ensure_future(appender.append([number(1), unknown]))
    try:
        await asyncio.sleep(2)
    finally:
        kafka.nodes[0].resume()
    await asyncio.wait_for(waiting, 20)
    assert sent >= 3
    assert await numbers(kafka_settings(kafka)) == [0, 1]


async def test_a_broker_that_stands_still_while_clients_start_is_waited_for(
    kafka: KafkaServer, make: Make, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stalls, "ANSWER_S", 0.5)
    log, changelog = kafka_settings(kafka), KafkaChangelog(KafkaAccess(kafka_settings(kafka)))
    recovered: list[Any] = []
    tries: Counter[int] = Counter()
    real = AIOKafkaClient.bootstrap

    async def bootstrap(self: AIOKafkaClient) -> None:
        tries[id(self)] += 1
        await real(self)

    monkeypatch.setattr(AIOKafkaClient, "bootstrap", bootstrap)

    async def recover() -> None:
        recovered.extend([changes async for _, changes in changelog.read(topic_of("cases"), {0: 0})])

    kafka.nodes[0].pause()
    starting = [
        asyncio.ensure_future(make().append([number(7)])),
        asyncio.ensure_future(asyncio.to_thread(lambda: open_log_reader(log).close())),
        asyncio.ensure_future(recover()),
    ]
    try:
        await asyncio.sleep(2)
        by_client = sorted(tries.values())
    finally:
        kafka.nodes[0].resume()
    await asyncio.wait_for(asyncio.gather(*starting), 30)
    assert len(by_client) == 3
    assert by_client[0] >= 2, "each of them gave up an answer and asked again"
    assert (await numbers(log), recovered) == ([7], [])


async def test_a_broker_that_is_killed_and_comes_back_costs_no_message_and_doubles_none(
    kafka: KafkaServer, make: Make
):
    appender = make(timeout_s=60.0)
    waiting = []
    for n in range(300):
        waiting.append(asyncio.ensure_future(appender.append([number(n)])))
        await asyncio.sleep(0.002)
        if n == 150:
            kafka.nodes[0].kill()
            kafka.nodes[0].start()
    await asyncio.gather(*waiting)
    await asyncio.to_thread(kafka.wait)
    assert await numbers(kafka_settings(kafka)) == list(range(300))


async def test_a_topic_that_is_not_there_ends_in_an_exception_and_not_in_waiting(make: Make):
    appender = make(timeout_s=2.0)
    begun = time.monotonic()
    with pytest.raises(LogFailed, match="an append failed"):
        await appender.append([Send("nothing-of-ours", b"k", b"v")])
    assert time.monotonic() - begun < 10


async def test_a_message_that_the_log_cannot_take_ends_in_an_exception(make: Make):
    with pytest.raises(LogFailed, match="MessageSizeTooLarge"):
        await make().append([Send("calls", b"k", bytes(MAX_MESSAGE_BYTES + 1))])


async def test_the_largest_message_passes(kafka: KafkaServer, make: Make):
    value = bytes(MAX_MESSAGE_BYTES - 1024)
    await make().append([Send("calls", b"k", value, 2)])
    with open_log_reader(kafka_settings(kafka)) as reader:
        (record,) = await asyncio.to_thread(reader.read, "calls", 2, 0, 10)
    assert record.value == value


async def test_after_a_failed_append_nothing_more_is_taken(kafka: KafkaServer, make: Make):
    appender = make(timeout_s=2.0)
    await appender.append([number(1)])
    with pytest.raises(LogFailed):
        await appender.append([Send("nothing-of-ours", b"k", b"v")])
    with pytest.raises(LogFailed, match="takes no more: an append failed"):
        await appender.append([number(2)])
    assert await numbers(kafka_settings(kafka)) == [1]


async def test_a_broker_that_hangs_ends_in_an_exception_in_time_and_the_close_does_not_hang(
    kafka: KafkaServer, make: Make
):
    appender = make(timeout_s=2.0)
    await appender.append([number(1)])
    kafka.nodes[0].pause()
    try:
        begun = time.monotonic()
        with pytest.raises(LogFailed, match="not accepted within 2 s"):
            await appender.append([number(2)])
        assert time.monotonic() - begun < 5
        begun = time.monotonic()
        await appender.close()
        assert time.monotonic() - begun < 10
    finally:
        kafka.nodes[0].resume()
        await asyncio.to_thread(kafka.wait)
    assert await numbers(kafka_settings(kafka)) in ([1], [1, 2]), "it may have arrived, and then once"


async def test_a_message_without_key_and_partition_is_refused_before_anything_is_sent(
    kafka: KafkaServer, make: Make
):
    appender = make()
    with pytest.raises(ValueError, match="needs a key or a partition"):
        await appender.append([number(1), Send("calls", None, b"v")])
    await appender.append([number(2)])
    assert await numbers(kafka_settings(kafka)) == [2]


async def test_no_broker_is_one_line_that_names_the_url():
    nobody = LogSettings(url="kafka://127.0.0.1:1", partitions=4)
    appender = KafkaAppender(KafkaAccess(nobody), 4, timeout_s=2.0)
    with pytest.raises(LogUnusable, match=r"kafka://127\.0\.0\.1:1: cannot append: "):
        await appender.start()
    await appender.close()


async def test_a_broker_that_hangs_at_the_start_is_a_fault_in_time(kafka: KafkaServer, make: Make):
    appender = make(timeout_s=2.0)
    kafka.nodes[0].pause()
    try:
        begun = time.monotonic()
        with pytest.raises(LogUnusable, match="cannot append: no answer in 2 s"):
            await appender.append([number(1)])
        assert time.monotonic() - begun < 8
    finally:
        kafka.nodes[0].resume()
        await asyncio.to_thread(kafka.wait)
    await appender.append([number(2)])
    assert await numbers(kafka_settings(kafka)) == [2]


async def test_a_closed_appender_takes_no_more(make: Make):
    appender = make()
    await appender.append([number(1)])
    await appender.close()
    with pytest.raises(LogFailed, match="it was closed"):
        await appender.append([number(2)])


async def test_a_cancelled_append_leaves_the_next_ones_in_order(kafka: KafkaServer, make: Make):
    appender = make()
    await appender.append([number(0)])
    cancelled = asyncio.ensure_future(appender.append([number(1)]))
    await asyncio.sleep(0)
    cancelled.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await cancelled
    await asyncio.gather(*[appender.append([number(n)]) for n in range(2, 50)])
    found = await numbers(kafka_settings(kafka))
    assert found in (list(range(50)), [0, *range(2, 50)])
