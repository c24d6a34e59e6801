"""Durable table: raw bytes by key, kept in memory and in a changelog that recovers it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from streams.shell.message import Send
from streams.shell.ownership import epoch_headers
from streams.shell.recovery import RecoveringTable

AssignedListener = Callable[[int, Mapping[bytes, bytes]], None]
RevokedListener = Callable[[int], None]


class _Turn:
    """The message that is being handled: its partition, and the changes it has made so far."""

    def __init__(self, partition: int, changes: list[Send]) -> None:
        self.partition = partition
        self.changes = changes


class DurableTable:
    """A table that belongs to the agents it was given to; only their handlers write it.

    A write is visible at once and durable before anything that the handler returned is sent.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._table: Any = None
        self._turn: _Turn | None = None
        self._assigned: list[AssignedListener] = []
        self._revoked: list[RevokedListener] = []

    def bind(self, app: Any) -> None:
        """Make it a table of this app; again for the same app changes nothing."""
        if self._table is None:
            self._table = RecoveringTable(app, self.name, self._tell_assigned, self._tell_revoked)
            app.tables.add(self._table)
        elif self._table.app is not app:
            raise ValueError(f"table {self.name} belongs to another app")

    def entries(self, partition: int) -> Mapping[bytes, bytes]:
        """What a partition holds: a live view, to be read on the event loop's thread only."""
        entries: Mapping[bytes, bytes] = self._table.data.entries(partition)
        return entries

    def holds(self, partition: int) -> bool:
        """Whether the partition is recovered here, and ours."""
        held: bool = self._table.holds(partition)
        return held

    def put(self, key: bytes, value: bytes) -> None:
        """Set a key in the partition of the message that is being handled.

        Raises:
            RuntimeError: no handler is running.
        """
        turn = self._running()
        self._table.data.partitions[turn.partition][key] = value
        turn.changes.append(self._change(turn, key, value))

    def remove(self, key: bytes) -> None:
        """Remove a key, if it is there, from the partition of the message that is being handled.

        Raises:
            RuntimeError: no handler is running.
        """
        turn = self._running()
        if self._table.data.partitions[turn.partition].pop(key, None) is not None:
            turn.changes.append(self._change(turn, key, None))

    def on_assigned(self, listener: AssignedListener) -> None:
        """Call `listener(partition, entries)` when a partition is recovered, before its first message."""
        self._assigned.append(listener)

    def on_revoked(self, listener: RevokedListener) -> None:
        """Call `listener(partition)` when a partition is no longer ours."""
        self._revoked.append(listener)

    @contextmanager
    def turn(self, partition: int, changes: list[Send]) -> Iterator[None]:
        """Let the handler of a message of this partition write; its changes are added to `changes`."""
        self._turn = _Turn(partition, changes)
        try:
            yield
        finally:
            self._turn = None

    def _change(self, turn: _Turn, key: bytes, value: bytes | None) -> Send:
        """The changelog record of one change, with the epoch of its owner."""
        headers = epoch_headers(self._table.epoch(turn.partition))
        return Send(self._table.changelog_topic_name, key, value, turn.partition, headers)

    def _running(self) -> _Turn:
        if self._turn is None:
            raise RuntimeError(f"table {self.name} can only be written by a handler, while it handles a message")
        return self._turn

    def _tell_assigned(self, partition: int, entries: Mapping[bytes, bytes]) -> None:
        for listener in self._assigned:
            listener(partition, entries)

    def _tell_revoked(self, partition: int) -> None:
        for listener in self._revoked:
            listener(partition)
