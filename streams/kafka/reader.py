"""Reader: reads a log on Kafka from any thread, without taking part in a group."""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.clock import wall_clock
from streams.kafka.access import KafkaAccess
from streams.kafka.admin import KafkaAdmin
from streams.kafka.side_loop import SideLoop
from streams.kafka.stalls import Bound, start
from streams.log.faults import UnknownTopic
from streams.log.record import Record
from streams.shell.failpoints import step
from streams.shell.ownership import epoch_in

T = TypeVar("T")

ANSWER_S = 15.0
"""How long one call waits for the brokers."""

MAX_BYTES = 8 * 1024 * 1024
"""How much of a partition one request brings at most, unless a single message is larger."""

_POLL_MS = 200
_BROKER_WAITS_MS = 50
"""A request that finds nothing holds its connection for so long, also when another partition is asked for."""


class KafkaReader:
    """What `OpenLog` promises, over a consumer on an event loop of its own thread. One thread at a time."""

    def __init__(self, access: KafkaAccess, *, timeout_s: float = ANSWER_S) -> None:
        """Connect.

        Raises:
            LogUnusable: no broker answers, or it refuses.
        """
        self.clock = wall_clock
        self._access = access
        self._partitions: dict[str, int] = {}
        self._reading: TopicPartition | None = None
        self._timeout_ms = round(timeout_s * 1_000)
        self._side = SideLoop(access.url, timeout_s)
        self._consumer: Any = None
        self._admin: KafkaAdmin | None = None
        try:
            self._run("connecting", self._connect)
        except BaseException:
            self.close()
            raise

    def topics(self) -> list[str]:
        """The names of all topics, sorted; Kafka's own are left out."""
        return self._run("listing topics", self._known_admin.names)

    def partitions(self, topic: str) -> int:
        """How many partitions the topic has; asked once.

        Raises:
            UnknownTopic: the log has no such topic.
        """
        if topic not in self._partitions:
            count = self._run(f"looking for {topic}", lambda: self._known_admin.partitions(topic))
            if count is None:
                raise UnknownTopic(
                    f"the log has no topic {topic!r}: `countersign topics apply` makes what is missing"
                )
            self._partitions[topic] = count
        return self._partitions[topic]

    def begin_offset(self, topic: str, partition: int) -> int:
        """The offset of the oldest message that is kept; the end offset if there is none."""
        place = self._place(topic, partition)
        return self._run(f"the beginning of {topic}", lambda: self._begin(place))

    def end_offset(self, topic: str, partition: int) -> int:
        """The offset the next message will get: behind the last that every in-sync replica has."""
        place = self._place(topic, partition)
        return self._run(f"the end of {topic}", lambda: self._end(place))

    def read(self, topic: str, partition: int, offset: int, limit: int) -> list[Record]:
        """Up to `limit` messages from `offset` on; offsets may have gaps, and an empty list is the end."""
        place = self._place(topic, partition)
        return self._run(f"reading {topic}", lambda: self._read(place, offset, limit))

    def committed(self, group: str, topic: str, partition: int) -> int:
        """The next offset that a group reads; 0 if it has never committed."""
        return self.remembered(group, topic, partition) or 0

    def remembered(self, group: str, topic: str, partition: int) -> int | None:
        """The same, but None where the brokers know of no commit, or have forgotten it."""
        place = self._place(topic, partition)
        return self._run(f"the offsets of {group}", lambda: self._known_admin.committed(group, place))

    def close(self) -> None:
        """Give the connections back; one that does not close in time holds up nothing."""
        try:
            self._run("closing", self._disconnect)
        except Exception:  # noqa: BLE001, S110 - nothing is lost by a connection that ends untidily
            pass
        finally:
            self._side.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _known_admin(self) -> KafkaAdmin:
        assert self._admin is not None
        return self._admin

    def _run(self, what: str, work: Callable[[], Awaitable[T]]) -> T:
        return self._side.run(what, work)

    def _place(self, topic: str, partition: int) -> TopicPartition:
        if not 0 <= partition < self.partitions(topic):
            raise UnknownTopic(f"the log has no partition {partition} of topic {topic!r}")
        return TopicPartition(topic, partition)

    async def _connect(self) -> None:
        self._consumer = AIOKafkaConsumer(
            **self._access.client(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=_BROKER_WAITS_MS,
            max_partition_fetch_bytes=MAX_BYTES,
            request_timeout_ms=self._timeout_ms,
        )
        Bound(self._consumer._client)  # noqa: SLF001 - aiokafka shows it to nobody
        await step("reader.start", start(self._consumer.start))
        admin = KafkaAdmin(self._access, timeout_s=self._timeout_ms / 1_000)
        self._admin = await step("reader.admin", admin.__aenter__())

    async def _disconnect(self) -> None:
        if self._admin is not None:
            await step("reader.admin_close", self._admin.__aexit__(None, None, None))
        if self._consumer is not None:
            await step("reader.stop", self._consumer.stop())

    async def _begin(self, place: TopicPartition) -> int:
        offsets = await step("reader.begin", self._consumer.beginning_offsets([place]))
        begin: int = offsets[place]
        return begin

    async def _end(self, place: TopicPartition) -> int:
        offsets = await step("reader.end", self._consumer.end_offsets([place]))
        end: int = offsets[place]
        return end

    async def _read(self, place: TopicPartition, offset: int, limit: int) -> list[Record]:
        """Until something comes, or nothing is left: the last messages may have been compacted away."""
        end = await self._end(place)
        if offset >= end:
            return []
        await self._turn_to(place, offset)
        try:
            while True:
                got = await step(
                    "reader.read", self._consumer.getmany(place, timeout_ms=_POLL_MS, max_records=limit)
                )
                if records := got.get(place, []):
                    return [_record(record) for record in records]
                if await self._position(place) >= end:
                    return []
        finally:
            self._consumer.pause(place)  # nothing is fetched ahead of the next call

    async def _position(self, place: TopicPartition) -> int:
        position: int = await step("reader.position", self._consumer.position(place))
        return position

    async def _turn_to(self, place: TopicPartition, offset: int) -> None:
        """Read this partition, and only it, from the offset on, or from the beginning if that is later."""
        if place == self._reading:
            self._consumer.resume(place)
            if await self._position(place) == offset:
                return
        else:
            self._reading = None
            self._consumer.assign([place])
        begin = await self._begin(place)
        self._consumer.seek(place, max(offset, begin))
        self._reading = place


def _record(record: Any) -> Record:
    place = record.topic, record.partition, record.offset, record.timestamp
    return Record(*place, record.key, record.value, epoch_in(record.headers), tuple(record.headers))
