"""Changelog: Kafka's side of a table's recovery, by a consumer without a group."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.kafka.access import KafkaAccess
from streams.kafka.stalls import FETCH_BYTES, Bound, start
from streams.log.faults import LogUnusable
from streams.shell.failpoints import step
from streams.shell.ownership import NO_EPOCH, Change, epoch_in

QUIET_S = 30.0
"""A read that brings nothing for so long hangs."""

_POLL_MS = 1_000
_CLOSE_S = 5.0
_made = tuple.__new__

logger = logging.getLogger(__name__)


class KafkaChangelog:
    """Reads with a consumer a call. Faust's own consumer is busy with the group while tables are recovered."""

    owned = True

    def __init__(self, access: KafkaAccess, *, quiet_s: float = QUIET_S) -> None:
        self._access = access
        self._quiet_s = quiet_s

    async def read(self, topic: str, starts: Mapping[int, int]) -> AsyncIterator[tuple[int, Sequence[Change]]]:
        """As `Changelog.read`; compaction's gaps are passed over."""
        consumer = AIOKafkaConsumer(
            **self._access.client(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            request_timeout_ms=round(self._quiet_s * 1_000),
            max_partition_fetch_bytes=4 * 1024 * 1024,
            fetch_max_bytes=FETCH_BYTES,
        )
        Bound(consumer._client)  # noqa: SLF001 - aiokafka shows it to nobody
        try:
            await self._bounded(start(consumer.start), topic)
            ends = await self._seek(consumer, topic, starts)
            async for partition, records in self._until(consumer, topic, ends):
                yield partition, _changes(records)
        except KafkaError as error:
            raise LogUnusable(f"cannot read {topic}: {type(error).__name__}") from error
        finally:
            await _stop(consumer)

    async def census(self, topic: str, partition: int) -> int | None:  # noqa: ARG002 - the protocol's signature
        """None: Kafka keeps no count, and `read` is itself the reading apart from Faust that a count would be."""
        return None

    async def _seek(self, consumer: Any, topic: str, starts: Mapping[int, int]) -> dict[Any, int]:
        """Go to the starts, or to the oldest record above them; the ends as they are now."""
        partitions = {TopicPartition(topic, number): start for number, start in starts.items()}
        begins = await self._bounded(consumer.beginning_offsets(list(partitions)), topic)
        ends: dict[Any, int] = await self._bounded(consumer.end_offsets(list(partitions)), topic)
        consumer.assign(list(partitions))
        for partition, first in partitions.items():  # with no await in between: no default position gets in first
            consumer.seek(partition, max(first, begins[partition]))
        return ends

    async def _until(
        self, consumer: Any, topic: str, ends: dict[Any, int]
    ) -> AsyncIterator[tuple[int, list[Any]]]:
        """Records below the ends. Positions tell when they are reached: the last records may be compacted away."""
        loop = asyncio.get_running_loop()
        open_ends = dict(ends)
        moved_at = loop.time()
        where: dict[Any, int] = {}
        while True:
            for partition, end in list(open_ends.items()):
                position = await self._bounded(consumer.position(partition), topic)
                if position != where.get(partition):
                    where[partition], moved_at = position, loop.time()
                if position >= end:
                    del open_ends[partition]
            if not open_ends:
                return
            if loop.time() - moved_at > self._quiet_s:
                raise LogUnusable(
                    f"{topic}: nothing came for {self._quiet_s:g} s, short of the end of {open_ends}"
                )
            got = await step("changelog.read", consumer.getmany(*open_ends, timeout_ms=_POLL_MS))
            for partition, records in got.items():
                end = ends[partition]
                if records and records[-1].offset >= end:  # only of the last ones each has to be looked at
                    records = [record for record in records if record.offset < end]  # noqa: PLW2901 - as above
                yield partition.partition, records

    async def _bounded(self, awaited: Any, topic: str) -> Any:
        try:
            return await step("changelog.answer", asyncio.wait_for(awaited, self._quiet_s))
        except TimeoutError:
            raise LogUnusable(f"{topic}: no answer from the brokers in {self._quiet_s:g} s") from None


def _changes(records: Sequence[Any]) -> list[Change]:
    """A worker waits for millions of these: an epoch is read where it changes, and each is made at once."""
    changes: list[Change] = []
    headers, epoch = (), NO_EPOCH
    for record in records:
        if record.headers != headers:
            headers = record.headers
            epoch = epoch_in(headers)
        changes.append(_made(Change, (record.offset, record.key or b"", record.value, epoch)))
    return changes


async def _stop(consumer: Any) -> None:
    """A consumer that cannot be stopped in time holds up nothing else."""
    try:
        await step("changelog.stop", asyncio.wait_for(consumer.stop(), _CLOSE_S))
    except (TimeoutError, KafkaError):
        logger.warning("changelog_reader_not_closed")
