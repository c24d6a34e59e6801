"""Reader: how anyone reads the log without taking part in a group, the same on either log."""

from types import TracebackType
from typing import Protocol, Self

from streams.clock import Clock
from streams.log.record import Record


class TopicReader(Protocol):
    """Reads a topic's partitions by offset. One thread at a time.

    Raises:
        UnknownTopic: the log has no such topic or partition.
        LogUnusable: the log cannot be read, or does not answer in time.
    """

    def partitions(self, topic: str) -> int:
        """How many partitions the topic has."""

    def begin_offset(self, topic: str, partition: int) -> int:
        """The oldest offset that is kept; the end offset if there is none."""

    def end_offset(self, topic: str, partition: int) -> int:
        """The offset the next message will get; never falls."""

    def read(self, topic: str, partition: int, offset: int, limit: int) -> list[Record]:
        """At most `limit` messages from that offset on; offsets may have gaps, and an empty list is the end."""


class OpenLog(TopicReader, Protocol):
    """A reader that holds a file or a connection open until it is closed."""

    clock: Clock
    """The clock that appends are stamped with, as far as this machine can tell (epoch milliseconds)."""

    def topics(self) -> list[str]:
        """The names of all topics, sorted."""

    def committed(self, group: str, topic: str, partition: int) -> int:
        """The next offset that a group reads; 0 if it has never committed."""

    def remembered(self, group: str, topic: str, partition: int) -> int | None:
        """The same, but None where the log knows of no commit, or has forgotten it."""

    def close(self) -> None:
        """Give the file or the connection back."""

    def __enter__(self) -> Self:
        """Nothing is opened here: the reader is open already."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Close."""
