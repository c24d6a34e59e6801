"""Topics of the shell's small app on a real Kafka: made, filled and read back, headers and all."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.shell.ownership import Change, Replay, epoch_headers, epoch_in
from tests.support.logs import CHANGELOG

TOPICS = ("calls", "verdicts", CHANGELOG)


class Written(NamedTuple):
    """One record as it lies on Kafka."""

    partition: int
    offset: int
    epoch: int
    key: bytes
    value: bytes | None


async def make_topics(
    hosts: Sequence[str], partitions: int, names: Iterable[str] = TOPICS, **settings: str
) -> None:
    """New topics on a broker of the test's own; the changelog is compacted."""
    names = list(names)
    admin = AIOKafkaAdminClient(bootstrap_servers=list(hosts))
    await admin.start()
    try:
        made = [
            NewTopic(
                name,
                partitions,
                1,
                topic_configs={"cleanup.policy": "compact", **settings} if "change" in name else {},
            )
            for name in names
        ]
        await admin.create_topics(made)
    finally:
        await admin.close()


async def produce(hosts: Sequence[str], *records: tuple[str, int, bytes, bytes | None, int | None]) -> list[int]:
    """Append (topic, partition, key, value, epoch or None) one after the other; their offsets."""
    producer = AIOKafkaProducer(bootstrap_servers=list(hosts), acks="all")
    await producer.start()
    try:
        sent = []
        for topic, partition, key, value, epoch in records:
            headers = list(epoch_headers(epoch or 0))
            sent.append(await producer.send(topic, value=value, key=key, partition=partition, headers=headers))
        return [(await future).offset for future in sent]
    finally:
        await producer.stop()


async def written(hosts: Sequence[str], topic: str, partitions: int) -> list[Written]:
    """Everything on a topic, in the order of (partition, offset)."""
    consumer = AIOKafkaConsumer(bootstrap_servers=list(hosts), enable_auto_commit=False)
    await consumer.start()
    try:
        assigned = [TopicPartition(topic, number) for number in range(partitions)]
        begins, ends = await consumer.beginning_offsets(assigned), await consumer.end_offsets(assigned)
        consumer.assign(assigned)
        for partition, begin in begins.items():
            consumer.seek(partition, begin)
        found: list[Written] = []
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [
                    Written(record.partition, record.offset, epoch_in(record.headers), record.key, record.value)
                    for record in records
                ]
        return sorted(found, key=lambda each: each[:2])
    finally:
        await consumer.stop()


def entries(records: Iterable[Written]) -> dict[bytes, bytes]:
    """What a recovery makes of a changelog, all partitions together."""
    replays: dict[int, Replay] = {}
    for record in records:
        replay = replays.setdefault(record.partition, Replay())
        replay.fold([Change(record.offset, record.key, record.value, record.epoch)])
    return {key: value for replay in replays.values() for key, value in replay.entries.items()}
