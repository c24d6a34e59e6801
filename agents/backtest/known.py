"""Known: the calls that were met so far, in memory up to a point and beyond it in a temporary database."""

import sqlite3

IN_MEMORY = 50_000
"""Some 7 MB. Copies mostly come close to one another, so the database is rarely asked for one."""
CACHE_KB = 16_384
AT_ONCE = 100
"""A statement for each costs twice as much."""
FILTER_BYTES = 8 << 20
"""With ten million calls one new call in seven still asks the database in vain."""
_LAST_BIT = FILTER_BYTES * 8 - 1


class Known:
    """A set of fingerprints that takes the same memory however many they are.

    The database is SQLite's own temporary file, which nobody else sees and which goes with it. A bit for each
    call in it, found by the call's hash, spares asking it for calls that are new.
    """

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._in_memory = in_memory
        self._latest: set[bytes] = set()
        self._older = sqlite3.connect("", isolation_level=None)
        self._older.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        self._older.execute("PRAGMA journal_mode = OFF")
        self._older.execute("PRAGMA page_size = 8192")
        self._older.execute("CREATE TABLE known (mark BLOB PRIMARY KEY) WITHOUT ROWID")
        self._bits: bytearray | None = None

    def __contains__(self, mark: bytes) -> bool:
        if mark in self._latest:
            return True
        if self._bits is None:
            return False
        bit = hash(mark) & _LAST_BIT
        if not self._bits[bit >> 3] & 1 << (bit & 7):
            return False
        return self._older.execute("SELECT 1 FROM known WHERE mark = ?", (mark,)).fetchone() is not None

    def add(self, mark: bytes) -> None:
        """Know one that was not known."""
        self._latest.add(mark)
        if len(self._latest) >= self._in_memory:
            self._move()

    def _move(self) -> None:
        """Everything to the database, in its order, which is far faster there than any other."""
        bits = self._bits = self._bits or bytearray(FILTER_BYTES)
        for mark in self._latest:
            bit = hash(mark) & _LAST_BIT
            bits[bit >> 3] |= 1 << (bit & 7)
        marks = sorted(self._latest)
        self._older.execute("BEGIN")
        for at in range(0, len(marks), AT_ONCE):
            some = marks[at : at + AT_ONCE]
            self._older.execute(f"INSERT INTO known VALUES {','.join(['(?)'] * len(some))}", some)  # noqa: S608 - marks are bound
        self._older.execute("COMMIT")
        self._latest.clear()

    def close(self) -> None:
        """Let go of the temporary database."""
        self._older.close()
