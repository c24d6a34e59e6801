"""Producer: Faust's own sends, on the log's writer; the durable shell does not use it."""

import asyncio
from typing import Any

from faust.transport.producer import Producer as FaustProducer
from faust.types import TP
from faust.types.tuples import RecordMetadata

from streams.embedded.writer import LogWriter
from streams.log.record import Position
from streams.partitioner import partition_of
from streams.shell.failpoints import step
from streams.shell.message import Send


class Producer(FaustProducer):  # type: ignore[misc]  # Faust's types are skipped
    """Each send resolves when its group commit is durable."""

    @property
    def _writer(self) -> LogWriter:
        writer: LogWriter = self.app.log_writer
        return writer

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None,
        *_rest: Any,
        **_options: Any,
    ) -> asyncio.Future[Any]:
        """Append; time and headers are not Faust's to set here."""
        appended = self._writer.append([Send(topic, key, value, partition)])
        return asyncio.ensure_future(_metadata(appended))

    async def send_and_wait(self, *args: Any, **options: Any) -> Any:
        """Append and wait until it is durable."""
        sent = await self.send(*args, **options)
        return await step("producer.sent", sent)

    async def flush(self) -> None:
        """Hand everything that is buffered to the writer."""
        await self.buffer.flush()

    def key_partition(self, topic: str, key: bytes) -> Any:
        """Where a key belongs."""
        return TP(topic, partition_of(key, len(self._writer.catalog.partitions(topic))))

    async def create_topic(self, *_args: Any, **_kwargs: Any) -> None:
        """Nothing to do: the log's plan made every topic before Faust started."""


async def _metadata(appended: asyncio.Future[list[Position]]) -> Any:
    """The position as Faust wants it."""
    (position,) = await step("producer.append", appended)
    tp = TP(position.topic, position.partition)
    return RecordMetadata(
        topic=position.topic,
        partition=position.partition,
        topic_partition=tp,
        offset=position.offset,
        timestamp=position.timestamp_ms / 1000.0,
        timestamp_type=1,
    )
