"""Backing: what a table needs of the store beneath it, whichever log keeps its changelog."""

from collections.abc import Callable, Mapping
from typing import Protocol

Assigned = Callable[[int, Mapping[bytes, bytes]], None]
"""Called with a partition and its recovered entries, before the partition's first message."""
Revoked = Callable[[int], None]


class Backing(Protocol):
    """One table's durable entries; `put` and `remove` go to the partition of the message being handled."""

    def put(self, key: bytes, value: bytes) -> None:
        """Write an entry."""

    def remove(self, key: bytes) -> None:
        """Delete an entry."""

    def entries(self, partition: int) -> Mapping[bytes, bytes]:
        """The entries of a partition as they are now."""

    def on_assigned(self, callback: Assigned) -> None:
        """Hear of partitions that arrive."""

    def on_revoked(self, callback: Revoked) -> None:
        """Hear of partitions that leave."""
