"""Appender: durable sends, for agents and for the services beside the streams, the same on either log."""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from streams.embedded.writer import LogWriter
from streams.partitioner import partition_of
from streams.shell.failpoints import step
from streams.shell.message import Send


class Appender(Protocol):
    """Takes messages for the log."""

    async def append(self, sends: Sequence[Send]) -> None:
        """Durable on return. Calls that overlap keep their order, partition by partition.

        Raises:
            Exception: some of them may not be durable; whoever acknowledges must not go on.
        """


class EmbeddedAppender:
    """Appends to the embedded log: all messages of a call in one transaction."""

    def __init__(self, writer: LogWriter) -> None:
        self._writer = writer

    async def append(self, sends: Sequence[Send]) -> None:
        """Durable (fsync) on return."""
        await step("append.commit", self._writer.append(sends))


class KafkaAppender:
    """Sends through the app's producer; every message of a call is accepted by all in-sync replicas on return."""

    def __init__(self, app: Any, partitions: int) -> None:
        self._app = app
        self._partitions = partitions
        self._order = asyncio.Lock()

    async def append(self, sends: Sequence[Send]) -> None:
        """Acknowledged by the brokers on return (acks=all)."""
        async with self._order:
            accepted = [
                await step(
                    "append.send",
                    self._app.producer.send(send.topic, send.key, send.value, self._partition(send), None, None),
                )
                for send in sends
            ]
        await step("append.accepted", asyncio.gather(*accepted))

    def _partition(self, send: Send) -> int:
        """The same choice as on the embedded log."""
        if send.partition is not None:
            return send.partition
        if send.key is None:
            raise ValueError(f"a message for {send.topic} needs a key or a partition")
        return partition_of(send.key, self._partitions)
