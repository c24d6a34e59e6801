"""Stalls: a broker that keeps its connections and answers nothing must not hold up what others would answer."""

from typing import Any

from aiokafka.client import ConnectionGroup

ANSWER_S = 5.0
"""How long one broker may take for one answer. Then its connection is given up, the cluster is asked who leads
now, and the request is sent again: reading twice does no harm, and an idempotent producer's retry doubles nothing.
"""

FETCH_BYTES = 8 * 1024 * 1024
"""The most that one fetch brings: within ANSWER_S also from a broker that is slow and busy."""


def bound(client: Any) -> None:
    """Bound each answer of an aiokafka client that has not started.

    aiokafka takes one limit for an answer and for the whole work that it is a part of. With the work's, an append
    to a broker that stands still would fail when it could have gone to the partition's new leader long ago.
    """
    client._request_timeout_ms = round(ANSWER_S * 1_000)  # noqa: SLF001 - no setting is the answer's alone


def unbind_group(client: Any, node: int | None, limit_s: float) -> None:
    """Give the connection to the group's coordinator its own limit: a join is answered as the rebalance ends."""
    connection = client._conns.get((node, ConnectionGroup.COORDINATION))  # noqa: SLF001 - as above
    if connection is not None:
        connection._request_timeout = limit_s  # noqa: SLF001 - as above
