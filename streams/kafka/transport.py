"""Kafka: Faust's aiokafka driver, with commits that never pass a message in hand and a lease."""

import asyncio
from functools import partial
from typing import Any, ClassVar

from aiokafka.errors import IllegalStateError, NoError, RebalanceInProgressError
from aiokafka.protocol.group import HeartbeatRequest, SyncGroupRequest
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread as FaustConsumerThread
from faust.transport.drivers.aiokafka import Consumer as FaustConsumer
from faust.transport.drivers.aiokafka import Transport as FaustTransport

from streams.clock import uptime_ms
from streams.counted import counted
from streams.kafka.group_requests import GroupRequests
from streams.kafka.stalls import FETCH_BYTES, Bound, start
from streams.shell.commits import InOrderCommits
from streams.shell.failpoints import step
from streams.shell.halt import halt

_TICK_S = 1.0

_RENEWS = {HeartbeatRequest: {NoError.errno, RebalanceInProgressError.errno}, SyncGroupRequest: {NoError.errno}}
"""By request, the answers that start the group's session anew."""

_FETCH_WAIT_MS = 200
"""How long a broker may hold a fetch that finds nothing. Faust says 1,500 ms, and aiokafka has one fetch under way
for each broker: one that was sent while the busy partitions were still buffered asks for idle ones alone, and what
then comes in for the busy ones waits for it."""


class ConsumerThread(FaustConsumerThread):  # type: ignore[misc]  # Faust's types are skipped
    """The thread that speaks with the group; it renews the lease, and ends a process that slept through it."""

    _watching: asyncio.Task[None] | None = None

    def _create_worker_consumer(self, transport: Any) -> Any:
        """As Faust's, with fetches that do not keep calls waiting, and a bound for each answer."""
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = _FETCH_WAIT_MS  # noqa: SLF001 - Faust makes no setting of it
        consumer._fetch_max_bytes = FETCH_BYTES  # noqa: SLF001 - as above
        consumer.start = partial(start, consumer.start)
        Bound(consumer._client)  # noqa: SLF001 - aiokafka shows it to nobody
        return consumer

    async def on_start(self) -> None:
        """Listen to the group's answers from the first one on."""
        await step("kafka.consumer", super().on_start())
        coordinator = self._consumer._coordinator  # noqa: SLF001 - aiokafka tells nobody of its heartbeats
        coordinator._send_req = self._listening(coordinator)  # noqa: SLF001 - as above
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def seek_to_committed(self) -> Any:
        """Every partition where the group has committed it, or at its beginning where it has not."""
        return await step("kafka.seek", self.call_thread(self._seek_all))

    async def _seek_all(self) -> Any:
        """A partition of which nothing is committed, aiokafka leaves where it is.

        A fetch from before the rebalance may have moved it on: what it took, Faust has thrown away.

        Raises:
            IllegalStateError: the partitions changed hands meanwhile; whoever gets them seeks again.
        """
        consumer = self._ensure_consumer()
        committed = await step("kafka.committed", consumer.seek_to_committed())
        changelogs = self.app.tables.changelog_topics
        unread = [tp for tp, offset in committed.items() if not offset and tp.topic not in changelogs]
        sought_for = consumer._subscription.subscription.assignment  # noqa: SLF001 - aiokafka's answer is the same
        if unread and not await step("kafka.beginning", consumer.seek_to_beginning(*unread)):
            if not sought_for.active:
                raise IllegalStateError("the partitions changed hands while their beginnings were asked for")
            halt(f"the brokers did not say where {counted(len(unread), 'partition begins', 'partitions begin')}")
        return committed

    async def on_thread_stop(self) -> None:
        """Stop watching, then as Faust does."""
        if self._watching is not None:
            self._watching.cancel()
        await step("kafka.consumer_stop", super().on_thread_stop())

    def _listening(self, coordinator: Any) -> Any:
        """As its `_send_req`, and renews the lease from the time a heartbeat was sent, if it is answered well."""
        group = GroupRequests(coordinator, self.app.conf.broker_request_timeout)
        lease = self.app.lease

        async def listening(request: Any) -> Any:
            sent_ms = uptime_ms()
            answer = await group.send(request)
            if type(request) in _RENEWS and answer.error_code in _RENEWS[type(request)]:
                lease.renew(sent_ms)
            return answer

        return listening

    async def _watch(self) -> None:
        """End a process that was stopped for longer than its session: its work is another's now."""
        session_s: float = self.app.lease.session_s
        while True:
            before_ms = uptime_ms()
            await asyncio.sleep(_TICK_S)
            slept_s = (uptime_ms() - before_ms) / 1_000 - _TICK_S
            if slept_s > session_s:
                halt(f"this process slept for {slept_s:.0f} s, longer than the session of {session_s:g} s")


class Consumer(InOrderCommits, FaustConsumer):  # type: ignore[misc]  # Faust's types are skipped
    """Faust's Kafka consumer with our rule for what may be committed."""

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)


class Transport(FaustTransport):  # type: ignore[misc]  # Faust's types are skipped
    """Faust's Kafka transport with our consumer."""

    Consumer: ClassVar[Any] = Consumer
