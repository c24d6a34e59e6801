"""Record: what the log gives back, and where an append went."""

from typing import NamedTuple


class Position(NamedTuple):
    """Where an appended message lies; `timestamp_ms` is its append time (epoch milliseconds UTC, log clock)."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int


class Record(NamedTuple):
    """One stored message, as `streams.shell.message.Message`, but a value of None is a tombstone.

    `epoch` tells whose a changelog's record is (`streams.log.owners`); 0 where nothing tells. `headers` are as
    Kafka keeps them; the embedded log has none.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    epoch: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()
