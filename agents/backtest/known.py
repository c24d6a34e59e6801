"""Known: the calls that were met so far, in memory up to a point and beyond it in a temporary database."""

import sqlite3

IN_MEMORY = 200_000
"""Some 26 MB. Copies mostly come close to one another, so the database is rarely asked in vain."""
CACHE_KB = 16_384


class Known:
    """A set of fingerprints that takes the same memory however many they are.

    The database is SQLite's own temporary file, which nobody else sees and which goes with it.
    """

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._in_memory = in_memory
        self._latest: set[bytes] = set()
        self._older = sqlite3.connect("", isolation_level=None)
        self._older.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        self._older.execute("PRAGMA journal_mode = OFF")
        self._older.execute("CREATE TABLE known (mark BLOB PRIMARY KEY) WITHOUT ROWID")
        self._moved = False

    def __contains__(self, mark: bytes) -> bool:
        if mark in self._latest:
            return True
        if not self._moved:
            return False
        return self._older.execute("SELECT 1 FROM known WHERE mark = ?", (mark,)).fetchone() is not None

    def add(self, mark: bytes) -> None:
        """Know one that was not known."""
        self._latest.add(mark)
        if len(self._latest) >= self._in_memory:
            self._older.execute("BEGIN")
            self._older.executemany("INSERT INTO known VALUES (?)", ((one,) for one in sorted(self._latest)))
            self._older.execute("COMMIT")
            self._moved = True
            self._latest.clear()

    def close(self) -> None:
        """Let go of the temporary database."""
        self._older.close()
