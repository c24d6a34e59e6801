"""Appender: durable sends to Kafka, by a producer of our own."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from streams.kafka.access import KafkaAccess
from streams.kafka.side_loop import words_of
from streams.kafka.stalls import Bound, start
from streams.kafka.topic_settings import MAX_MESSAGE_BYTES
from streams.log.faults import LogFailed, LogUnusable
from streams.partitioner import partition_of
from streams.shell.failpoints import step
from streams.shell.message import Send

ANSWER_S = 30.0
"""An append that has not been accepted for so long has failed."""

_LINGER_MS = 5
_BATCH_BYTES = 512 * 1024
_CLOSE_S = 5.0
_GIVE_UP_S = 0.2
"""After a failure there is nothing left that a producer's close is worth waiting for."""

logger = logging.getLogger(__name__)


class KafkaAppender:
    """Appends with acks=all by an idempotent producer, so that a retry neither doubles nor overtakes anything.

    Invariant: after a failed append it takes no more (LogFailed), as the embedded writer does: what was in flight
    may still arrive, and nothing may be put behind a gap that nobody knows of. Whoever holds it has to end.
    """

    def __init__(self, access: KafkaAccess, partitions: int, *, timeout_s: float = ANSWER_S) -> None:
        self._access = access
        self._partitions = partitions
        self._timeout_s = timeout_s
        self._order = asyncio.Lock()
        self._producer: Any = None
        self._failed: str | None = None

    async def start(self) -> None:
        """Connect; the first append does so too.

        Raises:
            LogUnusable: no broker answers, or it refuses.
        """
        async with self._order:
            await self._started()

    async def append(self, sends: Sequence[Send]) -> None:
        """Accepted by all in-sync replicas on return.

        Raises:
            LogFailed: some of it may not be on the log, or an append before failed.
            LogUnusable: no broker answers; nothing was sent.
            ValueError: a message has neither key nor partition; nothing was sent.
        """
        placed = [(send, self._partition(send)) for send in sends]
        accepted: list[asyncio.Future[Any]] = []
        try:
            async with self._order:
                self._check()
                producer = await step("append.producer", self._started())
                ends_at = asyncio.get_running_loop().time() + self._timeout_s
                async with asyncio.timeout_at(ends_at):
                    for send, partition in placed:
                        accepted.append(await step("append.send", _queued(producer, send, partition)))
            async with asyncio.timeout_at(ends_at):
                if waiting := [future for future in accepted if not future.done()]:
                    wait = asyncio.wait(waiting, return_when=asyncio.FIRST_EXCEPTION)
                    await step("append.accepted", wait)
                for future in accepted:
                    if future.done():  # where one is not, another has failed
                        future.result()
        except TimeoutError:
            unsent = "".join(f", and not sent from {send.topic} on" for send, _ in placed[len(accepted) :][:1])
            raise self._failure(f"not accepted within {self._timeout_s:g} s{unsent}") from None
        except KafkaError as error:
            raise self._failure(words_of(error)) from error
        finally:
            for future in accepted:
                if future.done():
                    _noticed(future)
                else:
                    future.add_done_callback(_noticed)

    async def close(self) -> None:
        """Close: what was accepted is on the log, what was not is given up."""
        producer, self._producer = self._producer, None
        wait_s = _CLOSE_S if self._failed is None else _GIVE_UP_S
        self._failed = self._failed or "it was closed"
        if producer is not None:
            await step("appender.close", _closed(producer, wait_s))

    async def _started(self) -> Any:
        if self._producer is not None:
            return self._producer
        producer = AIOKafkaProducer(
            **self._access.client(),
            acks="all",
            enable_idempotence=True,
            linger_ms=_LINGER_MS,
            max_batch_size=_BATCH_BYTES,
            max_request_size=MAX_MESSAGE_BYTES,
            request_timeout_ms=round(self._timeout_s * 1_000),
        )
        Bound(producer.client)
        try:
            async with asyncio.timeout(self._timeout_s):
                await step("append.start", start(producer.start))
        except asyncio.CancelledError:
            await step("append.cancelled", _closed(producer, _GIVE_UP_S))
            raise
        except (KafkaError, TimeoutError) as error:
            await step("append.not_started", _closed(producer, _GIVE_UP_S))
            words = words_of(error) if isinstance(error, KafkaError) else f"no answer in {self._timeout_s:g} s"
            raise LogUnusable(f"{self._access.url}: cannot append: {words}") from error
        self._producer = producer
        return producer

    def _check(self) -> None:
        if self._failed is not None:
            raise LogFailed(f"{self._access.url}: takes no more: {self._failed}")

    def _failure(self, words: str) -> LogFailed:
        self._failed = self._failed or f"an append failed: {words}"
        return LogFailed(f"{self._access.url}: an append failed: {words}")

    def _partition(self, send: Send) -> int:
        """The same choice as on the embedded log."""
        if send.partition is not None:
            return send.partition
        if send.key is None:
            raise ValueError(f"a message for {send.topic} needs a key or a partition")
        return partition_of(send.key, self._partitions)


async def _queued(producer: Any, send: Send, partition: int) -> Any:
    """What tells that a message was accepted. Where its topic is, the producer asks for one answer's time only."""
    while True:
        with suppress(UnknownTopicOrPartitionError):  # also where no broker answers; the caller's limit ends it
            return await producer.send(send.topic, send.value, send.key, partition, None, list(send.headers))


async def _closed(producer: Any, wait_s: float) -> None:
    """Close; a close that would wait for longer has the connections ended under it."""
    with suppress(TimeoutError, KafkaError):
        async with asyncio.timeout(wait_s):
            await step("appender.stop", producer.stop())
            return
    try:
        async with asyncio.timeout(_CLOSE_S):
            await step("appender.cut_connections", producer.client.close())
            await step("appender.cut_sender", producer._sender.close())  # noqa: SLF001 - it is what still runs
    except (TimeoutError, KafkaError):
        logger.warning("appender_not_closed")


def _noticed(future: "asyncio.Future[Any]") -> None:
    """The first failure was raised; those beside it are not news."""
    if not future.cancelled():
        future.exception()
