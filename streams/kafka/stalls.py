"""Stalls: a broker that keeps its connections and answers nothing must not hold up what others would answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka.client import ConnectionGroup
from aiokafka.conn import CloseReason
from aiokafka.errors import KafkaConnectionError

from streams.shell.failpoints import step

ANSWER_S = 5.0
"""How long one broker may take for one answer. Then its connection is given up, the cluster is asked who leads
now, and the request is sent again: reading twice does no harm, and an idempotent producer's retry doubles nothing.
"""

CALM_S = 60.0
"""So long after the last answer that did not come, ANSWER_S counts again; before, each may take twice as long."""

FETCH_BYTES = 16 * 1024 * 1024
"""The most that one fetch brings: within ANSWER_S at 27 Mbit/s, and after it later on a slower line."""


class Bound:
    """The limit for each answer of one aiokafka client that has not started.

    aiokafka takes one limit for an answer and for the whole work that it is a part of. With the work's, an append
    to a broker that stands still would fail when it could have gone to the partition's new leader long ago.

    Invariant: an answer that did not come doubles the limit, up to the work's own. What is large on a slow line
    takes longer than a broker that works should, and would never be there in time.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._most_ms: int = client._request_timeout_ms  # noqa: SLF001 - no setting is the answer's alone
        self._told = client._on_connection_closed  # noqa: SLF001 - nobody else is told of an answer that did not come
        self._calm: asyncio.TimerHandle | None = None
        client._on_connection_closed = self._closed  # noqa: SLF001 - as above
        self._be(ANSWER_S * 1_000)

    def _closed(self, connection: Any, reason: Any) -> None:
        if reason == CloseReason.CONNECTION_TIMEOUT:
            if self._calm is not None:
                self._calm.cancel()
            self._be(2 * self._client._request_timeout_ms)  # noqa: SLF001 - as above
            self._calm = asyncio.get_running_loop().call_later(CALM_S, self._be, ANSWER_S * 1_000)
        self._told(connection, reason)

    def _be(self, limit_ms: float) -> None:
        limit_ms = min(limit_ms, self._most_ms)
        self._client._request_timeout_ms = round(limit_ms)  # noqa: SLF001 - as above
        for (_, group), connection in self._client._conns.items():  # noqa: SLF001 - as above
            if group == ConnectionGroup.DEFAULT:
                connection._request_timeout = limit_ms / 1_000  # noqa: SLF001 - as above


async def start(starting: Callable[[], Awaitable[Any]]) -> None:
    """Start a client; again where its hosts took too long to answer, until the caller's own limit.

    Raises:
        KafkaConnectionError: none of its hosts can be reached.
    """
    loop = asyncio.get_running_loop()
    while True:
        began_s = loop.time()
        try:
            await step("client.start", starting())
        except KafkaConnectionError:
            if loop.time() - began_s < ANSWER_S:
                raise
        else:
            return
