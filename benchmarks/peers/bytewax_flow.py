"""Bytewax: a dataflow with a count a key in memory (no recovery store), and an output topic."""

from typing import Any

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSourceMessage
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow
from bytewax.testing import run_main

from benchmarks.peers.work import Clock, Job, decode, hit_of, job, told


def main(work: Job) -> None:
    clock = Clock()
    run_main(_flow(work, clock))
    clock.stop(["bytewax", "confluent-kafka", "msgspec"])


def _flow(work: Job, clock: Clock) -> Dataflow:
    def read(message: KafkaSourceMessage[bytes, bytes]) -> tuple[str, str | None]:
        clock.start()
        clock.records += 1
        event_id = hit_of(decode(message.value))
        clock.hits += event_id is not None
        return message.key.decode(), event_id

    def count(number: int | None, event_id: str | None) -> tuple[int, bytes | None]:
        number = (number or 0) + 1
        return number, None if event_id is None else told(event_id, number)

    flow = Dataflow("bench")
    brokers = work.hosts.split(",")
    source: Any = kop.input("source", flow, brokers=brokers, topics=[work.topic], tail=False, batch_size=1_000)
    keyed = op.map("read", source.oks, read)
    counted = op.stateful_map("count", keyed, count)
    wanted = op.filter("wanted", counted, lambda pair: pair[1] is not None)
    messages = op.map("message", wanted, lambda pair: KafkaSinkMessage(pair[0].encode(), pair[1]))
    kop.output("output", messages, brokers=brokers, topic=work.output)
    return flow


if __name__ == "__main__":
    main(job())
