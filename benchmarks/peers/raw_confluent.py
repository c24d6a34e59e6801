"""Raw confluent-kafka and msgspec: read and decode, nothing else."""

from confluent_kafka import Consumer

from benchmarks.peers.work import Clock, Job, decode, hit_of, job


def main(work: Job) -> None:
    clock = Clock()
    settings = {
        "bootstrap.servers": work.hosts,
        "group.id": f"confluent-{work.output}",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
    consumer = Consumer(settings)
    consumer.subscribe([work.topic])
    while clock.records < work.messages:
        for message in consumer.consume(500, timeout=1.0):
            if message.error() is not None:
                raise RuntimeError(message.error())
            clock.start()
            clock.records += 1
            clock.hits += hit_of(decode(message.value())) is not None
    consumer.commit(asynchronous=False)
    clock.stop(["confluent-kafka", "msgspec"])
    consumer.close()


if __name__ == "__main__":
    main(job())
