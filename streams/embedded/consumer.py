"""Consumer: reads the embedded log for Faust, which is its one member and owns every partition."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from faust.assignor.client_assignment import ClientAssignment
from faust.exceptions import ConsumerNotStarted
from faust.transport.consumer import Consumer as FaustConsumer
from faust.types import TP, ConsumerMessage

from streams.embedded.fetcher import Fetcher
from streams.embedded.reader import LogReader
from streams.embedded.writer import LogWriter
from streams.log.faults import LogFault
from streams.log.record import Record
from streams.partitioner import partition_of
from streams.shell.commits import InOrderCommits
from streams.shell.failpoints import step
from streams.shell.halt import halt


class _LogConsumer(FaustConsumer):  # type: ignore[misc]  # Faust's types are skipped
    """What a Faust transport must answer, from the log's reader and writer."""

    _writer: LogWriter
    _opened: Fetcher | None = None

    async def on_start(self) -> None:
        """Open the log for reading, and hear of every commit."""
        self._writer = self.app.log_writer
        limit = self.app.conf.broker_max_poll_records
        self._opened = Fetcher(LogReader(self._writer.path), self._writer.catalog, limit)
        loop = asyncio.get_running_loop()
        self._writer.watch(loop, self._fetcher.arrived)

    async def on_stop(self) -> None:
        """Commit what is acknowledged, then close."""
        await super().on_stop()
        if self._opened is not None:
            self._opened.close()

    @property
    def _fetcher(self) -> Fetcher:
        if self._opened is None:
            raise ConsumerNotStarted("the log is not open for reading yet")
        return self._opened

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Take every partition of these topics; once, for the topics of an app do not change while it runs.

        It returns before Faust is told of the assignment: that waits for the subscription to be done.
        """
        wanted = set(topics)
        held = {tp.topic for tp in self._fetcher.assigned}
        if held and held != wanted:
            halt("the topics of the app changed while it was running")
        if not held:
            self.add_future(self._assign(self._fetcher.assign(wanted)))

    async def _assign(self, assigned: set[TP]) -> None:
        """Tell Faust, and its assignor, which recovery asks, that all of it is ours."""
        self.app.on_rebalance_start()
        self.app.consumer_generation_id += 1
        actives: dict[str, list[int]] = {}
        for tp in assigned:
            actives.setdefault(tp.topic, []).append(tp.partition)
        assignment = ClientAssignment(actives=actives, standbys={})
        self.app.assignor._assignment = assignment  # noqa: SLF001 - there is no group protocol to set these
        self.app.assignor._active_tps = assignment.active_tps  # noqa: SLF001 - as above
        await step("log.assigned", self.on_partitions_assigned(assigned, self.app.consumer_generation_id))

    def assignment(self) -> set[TP]:
        """All partitions of the subscribed topics."""
        return self._fetcher.assigned

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Mapping[TP, list[Record]]:  # noqa: ASYNC109 - Faust's signature
        """What is new in these partitions."""
        return await self._fetcher.fetch(active_partitions, timeout)

    def _to_message(self, tp: TP, record: Record) -> Any:
        """The message as Faust wants it; without the generation every stream would skip it in silence."""
        return ConsumerMessage(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            timestamp=record.timestamp_ms / 1000.0,
            timestamp_type=1,
            headers=None,
            key=record.key,
            value=record.value,
            checksum=None,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )

    def _new_topicpartition(self, topic: str, partition: int) -> Any:
        return TP(topic, partition)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Store the next offsets of the app's group; durable on return."""
        group: str = self.app.conf.id
        try:
            stored = self._writer.commit_offsets(
                group, {(tp.topic, tp.partition): at for tp, at in offsets.items()}
            )
            await step("log.offsets", stored)
        except LogFault as error:
            halt("the log could not store how far the agents have come", error)
        return True

    async def seek_to_committed(self) -> dict[TP, int]:
        """Go on where the group's last commit left off; changelogs have none."""
        streams = [tp for tp in self.assignment() if not self._is_changelog_tp(tp)]
        committed = {tp: await self._fetcher.committed(self.app.conf.id, tp) for tp in streams}
        for tp, offset in committed.items():
            self._fetcher.seek(tp, offset)
        return committed

    async def _seek(self, partition: TP, offset: int) -> None:
        self._fetcher.seek(partition, offset)

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Read these offsets next, and take them as not read yet."""
        for tp, offset in partitions.items():
            self._fetcher.seek(tp, max(offset, 0))
            self._read_offset[tp] = offset if offset > 0 else None

    async def seek_to_beginning(self, *partitions: TP) -> None:
        """Read from the oldest message on."""
        await self.seek_wait(dict.fromkeys(partitions, 0))

    async def position(self, tp: TP) -> int:
        """The offset that is read next."""
        return self._fetcher.position(tp)

    def highwater(self, tp: TP) -> int:
        """The offset after the last committed message."""
        return self._fetcher.end(tp)

    async def highwaters(self, *partitions: TP) -> dict[TP, int]:
        """The offset after the last committed message, of each."""
        return {tp: self._fetcher.end(tp) for tp in partitions}

    async def earliest_offsets(self, *partitions: TP) -> dict[TP, int]:
        """The oldest offset that is there, of each."""
        return {tp: await self._fetcher.begin(tp) for tp in partitions}

    def topic_partitions(self, topic: str) -> int:
        """How many partitions a topic has."""
        return len(self._writer.catalog.partitions(topic))

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> int | None:
        """Where a key belongs."""
        if partition is not None or key is None:
            return partition
        return partition_of(key, self.topic_partitions(topic))

    async def create_topic(self, *_args: Any, **_kwargs: Any) -> None:
        """Nothing to do: the log's plan made every topic before Faust started."""


class Consumer(InOrderCommits, _LogConsumer):
    """The log's consumer, with commits that never pass a message in hand."""
