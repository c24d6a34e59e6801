"""Offsets: where a reader with offsets of its own keeps them."""

from collections.abc import Mapping
from typing import Protocol


class OpenOffsets(Protocol):
    """Holds a connection open until it is closed."""

    async def commit(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        """Store the next offset that the group reads of each (topic, partition); durable on return.

        Raises:
            LogUnusable: the log did not take them.
        """

    async def close(self) -> None:
        """Give the connection back."""
