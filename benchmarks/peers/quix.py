"""Quix Streams: a dataframe with a count a key in its store (RocksDB and a changelog), and an output topic."""

from typing import Any

from quixstreams import Application, State

from benchmarks.peers.work import Clock, Job, decode, hit_of, job, told


def main(work: Job) -> None:
    clock = Clock()
    app = Application(
        broker_address=work.hosts,
        consumer_group=f"quix-{work.output}",
        auto_offset_reset="earliest",
        state_dir=work.folder,
        loglevel="WARNING",
    )
    source = app.topic(work.topic, value_deserializer="bytes", key_deserializer="bytes")
    output = app.topic(work.output, value_serializer="bytes", key_serializer="bytes")

    def take(value: bytes, state: State) -> bytes | None:
        clock.start()
        clock.records += 1
        number = state.get("count", 0) + 1
        state.set("count", number)
        event_id = hit_of(decode(value))
        clock.hits += event_id is not None
        if clock.records >= work.messages:
            app.stop()  # after this record; the last checkpoint is committed before `run` returns
        return None if event_id is None else told(event_id, number)

    frame: Any = app.dataframe(source)
    frame = frame.apply(take, stateful=True)
    frame = frame.filter(lambda value: value is not None)
    frame.to_topic(output)
    app.run()
    clock.stop(["quixstreams", "confluent-kafka", "msgspec"])


if __name__ == "__main__":
    main(job())
