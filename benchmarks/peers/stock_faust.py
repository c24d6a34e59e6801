"""Stock Faust, as its guide has it: an agent, an output topic, with `--state` a table written once a record."""

import asyncio
import os
import sys
from typing import Any

import faust

from benchmarks.peers.work import Clock, Job, decode, hit_of, job, told

QUIET_S = 600.0


async def main(work: Job) -> None:
    clock, done = Clock(), asyncio.Event()
    app = _app(work, clock, done)
    await app.start()
    await asyncio.wait_for(done.wait(), QUIET_S)
    await app.producer.flush()
    await app.consumer.commit()
    clock.stop(["faust-streaming", "aiokafka", "msgspec"])
    sys.stdout.flush()
    os._exit(0)  # what was asked is answered; leaving takes a stock worker seconds


def _app(work: Job, clock: Clock, done: asyncio.Event) -> Any:
    app = faust.App(
        f"stock-{work.output}",
        broker=[f"kafka://{host}" for host in work.hosts.split(",")],
        topic_partitions=4,
        value_serializer="raw",
        key_serializer="raw",
        web_enabled=False,
        consumer_auto_offset_reset="earliest",
        datadir=work.folder,
        topic_disable_leader=True,
    )
    source, output = app.topic(work.topic), app.topic(work.output)
    counts = app.Table("counts", default=int, key_type=bytes) if work.state else None

    @app.agent(source)
    async def sort(stream: Any) -> None:
        async for key, value in stream.items():
            clock.start()
            clock.records += 1
            event_id = hit_of(decode(value))
            if counts is not None:
                counts[key] = counts[key] + 1
            if event_id is not None:
                clock.hits += 1
                await output.send(key=key, value=told(event_id, clock.records))
            if clock.records >= work.messages:
                done.set()

    return app


if __name__ == "__main__":
    asyncio.run(main(job()))
