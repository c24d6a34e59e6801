"""Spool: the calls that deserve a question or a page, on disk until all are known, then in the order of time."""

import sqlite3
from collections.abc import Iterator

import msgspec

from streams.records.codec import from_entry, to_entry
from streams.records.command import CallCommand

AT_ONCE = 1_000


class Spool:
    """Commands in, in the order of (file, index); out in the order of (eventTime, file, index).

    They lie in SQLite's own temporary file, which nobody else sees and which goes with it, and are sorted there:
    in memory are the last few and SQLite's small cache, however many they are.
    A call without a readable time counts at the time of the earliest that has one, before it; were all without,
    at 1970.
    """

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._latest: list[tuple[int | None, bytes]] = []
        self._stored = sqlite3.connect("", isolation_level=None)
        self._stored.execute("PRAGMA journal_mode = OFF")
        self._stored.execute("CREATE TABLE spool (number INTEGER PRIMARY KEY, at_ms INTEGER, entry BLOB)")

    def add(self, at_ms: int | None, command: CallCommand) -> None:
        """Keep the command of a call that was made then; None where its time cannot be read."""
        self._latest.append((at_ms, to_entry(command)))
        if len(self._latest) >= self._at_once:
            self._store()

    def ordered(self, earliest_ms: int | None) -> Iterator[tuple[int, CallCommand]]:
        """Every command with its time; `earliest_ms` is the time of the earliest call of all, kept here or not."""
        self._store()
        stand_in = earliest_ms or 0
        for at_ms, entry in self._stored.execute(  # SQLite has what is null before everything
            "SELECT coalesce(at_ms, ?), entry FROM spool ORDER BY spool.at_ms, number", (stand_in,)
        ):
            yield at_ms, msgspec.structs.replace(from_entry(CallCommand, entry), received_ms=at_ms)

    def _store(self) -> None:
        self._stored.execute("BEGIN")
        self._stored.executemany("INSERT INTO spool (at_ms, entry) VALUES (?, ?)", self._latest)
        self._stored.execute("COMMIT")
        self._latest.clear()

    def close(self) -> None:
        """Let go of the temporary database."""
        self._stored.close()
