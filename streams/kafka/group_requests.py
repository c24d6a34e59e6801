"""Group requests: how long the coordinator of the group may take for each answer."""

import asyncio
from typing import Any

from aiokafka.client import ConnectionGroup
from aiokafka.conn import CloseReason
from aiokafka.errors import RequestTimedOutError
from aiokafka.protocol.group import HeartbeatRequest, JoinGroupRequest, SyncGroupRequest

from streams.kafka.stalls import ANSWER_S
from streams.shell.failpoints import step

HEARTBEAT_S = 3.0


class GroupRequests:
    """What one of aiokafka's coordinators sends.

    A broker that does not answer in time is given up, and the coordinator is looked for anew. aiokafka would wait
    longer than the session: one broker that stands still would end every worker. A join is answered as the
    rebalance ends, and what is sent meanwhile waits behind it: all of that has the limit of the connection.
    """

    def __init__(self, coordinator: Any, limit_s: float) -> None:
        self._coordinator = coordinator
        self._send = coordinator._send_req  # noqa: SLF001 - it has no public way to send
        self._limit_s = limit_s
        self._joins = 0

    async def send(self, request: Any) -> Any:
        """As the coordinator's own.

        Raises:
            KafkaError: as the coordinator's own; RequestTimedOutError where the answer does not come in time.
        """
        node = self._coordinator.coordinator_id
        self._allow_joins(node)
        joins = isinstance(request, JoinGroupRequest | SyncGroupRequest)
        self._joins += joins
        try:
            async with asyncio.timeout(self._limit_of(request)):
                return await step("kafka.group", self._send(request))
        except TimeoutError:
            self._give_up(node)
            raise RequestTimedOutError from None
        finally:
            self._joins -= joins

    def _limit_of(self, request: Any) -> float | None:
        if self._joins:
            return None
        return HEARTBEAT_S if isinstance(request, HeartbeatRequest) else ANSWER_S

    def _allow_joins(self, node: int | None) -> None:
        """The connection's own limit is that of an answer anywhere else (`Bound`)."""
        connection = self._connection(node)
        if connection is not None:
            connection._request_timeout = self._limit_s  # noqa: SLF001 - as above

    def _give_up(self, node: int | None) -> None:
        """End the connection; another coordinator that was found meanwhile stays."""
        connection = self._connection(node)
        if connection is not None:
            connection.close(reason=CloseReason.CONNECTION_TIMEOUT)
        if self._coordinator.coordinator_id == node:
            self._coordinator.coordinator_dead()

    def _connection(self, node: int | None) -> Any:
        return self._coordinator._client._conns.get((node, ConnectionGroup.COORDINATION))  # noqa: SLF001 - as above
