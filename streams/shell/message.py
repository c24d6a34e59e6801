"""Message: what an agent's handler gets, and the sends it gives back."""

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Message(NamedTuple):
    """One message of a topic; `timestamp_ms` is the log's append time (epoch milliseconds UTC)."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes


Headers = tuple[tuple[str, bytes], ...]


class Send(NamedTuple):
    """One message to append; without a `partition` its key chooses one.

    `headers` go onto Kafka as they are; the embedded log, which has one writer at a time, drops them.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    headers: Headers = ()


Handler = Callable[[Message], Sequence[Send]]
"""Decides about one message: writes its table, returns what to send once those writes are durable.

It is a plain function on purpose: a handler cannot await, so it cannot reach the network.
"""
