"""Raw aiokafka and msgspec: read and decode, nothing else; frames or single records, whatever is on the topic."""

import asyncio
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer
from zstandard import ZstdDecompressor

from benchmarks.peers.work import Clock, Job, decode, hit_of, job


async def main(work: Job) -> None:
    clock = Clock()
    consumer = AIOKafkaConsumer(
        work.topic,
        bootstrap_servers=work.hosts,
        group_id=f"raw-{work.output}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=8 << 20,
    )
    await consumer.start()
    taken = 0
    while taken < work.messages:
        got = await consumer.getmany(timeout_ms=1_000)
        clock.start()
        for records in got.values():
            taken += sum(_take(clock, record.value) for record in records)
    await consumer.commit()
    clock.stop(["aiokafka", "msgspec"])
    await consumer.stop()


def _take(clock: Clock, value: bytes) -> bool:
    """Count a record, or those of a frame; what the worker itself left on the topic is neither."""
    records = [decode(value)] if value[:1] == b"{" else _framed(value)
    records = [one for one in records if "eventID" in one]
    clock.records += len(records)
    clock.hits += sum(hit_of(one) is not None for one in records)
    return bool(records)


def _framed(value: bytes) -> list[dict[str, Any]]:
    """The records of a frame, the last of its parts, each decoded by itself."""
    frame = ZstdDecompressor().decompress(value)
    return [decode(call[4]) for call in msgspec.msgpack.decode(frame)[-1]]


if __name__ == "__main__":
    asyncio.run(main(job()))
