"""Changelog: how a table reads back what it wrote, the same on either log."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from streams.shell.ownership import Change


class Changelog(Protocol):
    """Reads the changelogs of tables, apart from Faust."""

    owned: bool
    """Whether several workers share the log, so that owners need epochs."""

    def read(self, topic: str, starts: Mapping[int, int]) -> AsyncIterator[tuple[int, Sequence[Change]]]:
        """From these offsets on, by partition, to the ends as they are now: (partition, records in order).

        Raises:
            LogFault: the log cannot be read, or does not answer in time.
        """

    async def census(self, topic: str, partition: int) -> int | None:
        """How many live keys the log itself counts; None where it cannot."""
