"""Appender: durable sends, for agents and for the services beside the streams, the same on either log."""

from collections.abc import Sequence
from typing import Protocol

from streams.embedded.writer import LogWriter
from streams.shell.failpoints import step
from streams.shell.message import Send


class Appender(Protocol):
    """Takes messages for the log."""

    async def append(self, sends: Sequence[Send]) -> None:
        """Durable on return. Calls that overlap keep their order, partition by partition.

        Raises:
            Exception: some of them may not be durable; whoever acknowledges must not go on.
        """


class EmbeddedAppender:
    """Appends to the embedded log: all messages of a call in one transaction."""

    def __init__(self, writer: LogWriter) -> None:
        self._writer = writer

    async def append(self, sends: Sequence[Send]) -> None:
        """Durable (fsync) on return."""
        await step("append.commit", self._writer.append(sends))
