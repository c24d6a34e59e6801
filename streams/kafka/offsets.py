"""Offsets: commits for a group that has no members, such as the archivist's."""

import asyncio
from collections.abc import Mapping

from aiokafka.errors import KafkaError

from streams.kafka.access import KafkaAccess
from streams.kafka.admin import KafkaAdmin
from streams.kafka.side_loop import words_of
from streams.log.faults import LogUnusable
from streams.shell.failpoints import step

ANSWER_S = 30.0


class KafkaOffsets:
    """One connection for all groups, made by the first commit and again after a failure."""

    def __init__(self, access: KafkaAccess, *, timeout_s: float = ANSWER_S) -> None:
        self._access = access
        self._timeout_s = timeout_s
        self._admin: KafkaAdmin | None = None
        self._one_at_a_time = asyncio.Lock()

    async def commit(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        """Durable on return.

        Raises:
            LogUnusable: the brokers refused (somebody reads as a member of the group), or did not answer in time.
        """
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(self._timeout_s):
                    admin = await step("offsets.connect", self._connected())
                    await step("offsets.commit", admin.commit(group, offsets))
            except (KafkaError, TimeoutError) as error:
                await step("offsets.drop", self._drop())
                words = words_of(error) if isinstance(error, KafkaError) else f"no answer in {self._timeout_s:g} s"
                raise LogUnusable(f"{self._access.url}: the offsets of {group} were not kept: {words}") from error

    async def close(self) -> None:
        """Give the connection back."""
        async with self._one_at_a_time:
            await step("offsets.close", self._drop())

    async def _connected(self) -> KafkaAdmin:
        if self._admin is None:
            admin = KafkaAdmin(self._access, timeout_s=self._timeout_s)
            self._admin = await step("offsets.start", admin.__aenter__())
        return self._admin

    async def _drop(self) -> None:
        admin, self._admin = self._admin, None
        if admin is not None:
            await step("offsets.end", admin.__aexit__(None, None, None))
