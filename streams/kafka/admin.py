"""Admin: questions to the cluster that no consumer answers, and what is changed there."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.commit import OffsetCommitRequest

from streams.kafka.access import KafkaAccess
from streams.kafka.stalls import ANSWER_S, start
from streams.shell.failpoints import step

T = TypeVar("T")

REQUEST_S = 20.0
_AGAIN_S = 0.1
_OF_TOPIC = 1
"""The source of a setting that was made for this topic alone."""


class TopicState(NamedTuple):
    """A topic as the cluster has it: `replicas` of its worst partition, every setting in force, its own ones."""

    partitions: int
    replicas: int
    settings: dict[str, str]
    own: frozenset[str]


class KafkaAdmin:
    """An admin client within a context; every answer with an error becomes that error (KafkaError)."""

    def __init__(self, access: KafkaAccess, *, timeout_s: float = REQUEST_S) -> None:
        self._client = AIOKafkaAdminClient(**access.client(), request_timeout_ms=round(timeout_s * 1_000))

    async def __aenter__(self) -> Self:
        try:
            await step("admin.start", self._start())
        except BaseException:
            await self._client.close()  # nothing was sent yet
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        await step("admin.close", self._client.close())

    async def _start(self) -> None:
        """A host that stands still is passed over; what is asked for afterwards may take its time."""
        client = self._client._client  # noqa: SLF001 - aiokafka shows it to nobody
        limit_ms, client._request_timeout_ms = client._request_timeout_ms, round(ANSWER_S * 1_000)  # noqa: SLF001 - as above
        try:
            await start(self._client.start)
        finally:
            client._request_timeout_ms = limit_ms  # noqa: SLF001 - as above

    async def names(self) -> list[str]:
        """All topics but Kafka's own, sorted."""

        async def ask() -> list[str]:
            listed: list[str] = await step("admin.names", self._client.list_topics())
            return listed

        names = await self._until(ask)
        return sorted(name for name in names if not name.startswith("__"))

    async def partitions(self, topic: str) -> int | None:
        """How many partitions a topic has; None if there is no such topic."""
        state = (await self._described([topic])).get(topic)
        return len(state["partitions"]) if state is not None else None

    async def states(self, topics: Sequence[str]) -> dict[str, TopicState]:
        """Those of the topics that there are."""
        described = await self._described(topics)
        settings = await self._settings(list(described))
        return {
            name: TopicState(
                len(about["partitions"]),
                min((len(part["replicas"]) for part in about["partitions"]), default=0),
                {key: value for key, (value, _) in settings[name].items()},
                frozenset(key for key, (_, source) in settings[name].items() if source == _OF_TOPIC),
            )
            for name, about in described.items()
            if name in settings
        }

    async def create(self, topic: NewTopic) -> None:
        """Make a topic."""

        async def ask() -> bool:
            answer = await step("admin.create", self._client.create_topics([topic]))
            for _name, code, *message in answer.topic_errors:
                if code:
                    raise for_code(code)(message[0] if message else "")
            return True

        await self._until(ask)

    async def alter(self, topic: str, settings: Mapping[str, str]) -> None:
        """Replace all settings that a topic has of its own."""
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, dict(settings))

        async def ask() -> bool:
            for answer in await step("admin.alter", self._client.alter_configs([resource])):
                for code, message, *_ in answer.resources:
                    if code:
                        raise for_code(code)(message)
            return True

        await self._until(ask)

    async def committed(self, group: str, partition: TopicPartition) -> int | None:
        """The next offset that a group reads; None if the brokers know of none."""

        async def ask() -> int | None:
            answer = await step(
                "admin.offsets", self._client.list_consumer_group_offsets(group, None, [partition])
            )
            # A coordinator that is still loading leaves the partition out: it may have committed all the same.
            return answer[partition].offset if partition in answer else None

        offset = await self._until(ask)
        return offset if offset >= 0 else None

    async def commit(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        """Store the next offsets of a group that has no members."""
        topics: dict[str, list[tuple[int, int, str]]] = {}
        for (topic, partition), offset in offsets.items():
            topics.setdefault(topic, []).append((partition, offset, ""))
        request = OffsetCommitRequest(group, -1, "", -1, list(topics.items()))

        send = self._client._send_request_to_node  # noqa: SLF001 - it has no public way to commit

        async def ask() -> bool:
            node = await step("admin.coordinator", self._client.find_coordinator(group))
            answer = await step("admin.commit", send(node, request))
            for _, partitions in answer.topics:
                for _, code in partitions:
                    if code:
                        raise for_code(code)
            return True

        await self._until(ask)

    async def _described(self, topics: Sequence[str]) -> dict[str, Any]:
        """Those that there are. All are asked for: a broker may make a topic that is asked for by its name."""

        async def ask() -> dict[str, Any] | None:
            found: dict[str, Any] = {}
            for about in await step("admin.describe", self._client.describe_topics()):
                if about["topic"] not in topics:
                    continue
                if about["error_code"]:
                    raise for_code(about["error_code"])
                found[about["topic"]] = about
            return found

        return await self._until(ask)

    async def _settings(self, topics: Sequence[str]) -> dict[str, dict[str, tuple[str, int]]]:
        """Values and sources. Another broker may answer than before, to whom a new topic is not known yet."""
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in topics]

        async def ask() -> dict[str, dict[str, tuple[str, int]]]:
            found: dict[str, dict[str, tuple[str, int]]] = {}
            for answer in await step("admin.settings", self._client.describe_configs(resources)):
                for code, message, _, name, entries in answer.resources:
                    error = for_code(code)
                    if error is UnknownTopicOrPartitionError:
                        continue
                    if code:
                        raise error(message)
                    # A setting is (name, value, read only, source, ...).
                    found[name] = {entry[0]: (entry[1] or "", entry[3]) for entry in entries}
            return found

        return await self._until(ask)

    async def _until(self, ask: Callable[[], Awaitable[T | None]]) -> T:
        """Ask again while the cluster says that it will know later; whoever calls bounds the time."""
        while True:
            try:
                answer = await ask()  # its own awaits are steps
            except KafkaError as error:
                if not error.retriable:
                    raise
            else:
                if answer is not None:
                    return answer
            await asyncio.sleep(_AGAIN_S)
