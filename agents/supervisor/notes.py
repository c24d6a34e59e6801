"""Notes: what the watchdog paged itself, in a small fsynced file beside the log."""

import asyncio
import os
from collections.abc import Awaitable
from pathlib import Path

import msgspec
from msgspec import Struct


class Note(Struct, frozen=True):
    """One page of the watchdog's, accepted by PagerDuty at `at_ms` of the log's clock.

    `case_id` names a case, or an aggregate whose page of number `attempt` it was.
    """

    case_id: str
    actor_key: str
    partition: int
    at_ms: int
    attempt: int = 1


class Notes:
    """The watchdog adds, the child takes and turns every note into a `paged` command.

    The child renames the file before it reads it. Invariant: a note is in one of the two files until its command
    is durable; one that is told twice changes nothing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._taken = path.with_name(path.name + ".taken")

    @classmethod
    def beside(cls, log: Path) -> "Notes":
        """The notes that belong to a log file."""
        return cls(log.with_name(log.name + ".paged"))

    def add(self, note: Note) -> None:
        """Durable on return, in the file or in the one that the child took.

        Raises:
            OSError: the disk does not take it.
        """
        # The first break ends what a full disk may have cut off.
        line = b"\n" + msgspec.json.encode(note) + b"\n"
        while True:
            with self._path.open("ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
                if self._is_ours(file.fileno()):
                    return

    def write(self, note: Note) -> Awaitable[None]:
        """`add`, for who awaits: in a thread, for a disk may hang and the loop must not.

        Raises:
            OSError: the disk does not take it.
        """
        return asyncio.to_thread(self.add, note)

    def take(self) -> list[Note]:
        """Every note that is not told yet; `told` forgets those that were there when this was called."""
        if not self._taken.exists() and self._path.exists():
            self._path.rename(self._taken)
        return self.read()

    def read(self) -> list[Note]:
        """Every note that is not told yet; a line that was cut off counts for nothing."""
        notes = []
        for line in self._lines():
            try:
                notes.append(msgspec.json.decode(line, type=Note))
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
        return notes

    def told(self) -> None:
        """Forget what was taken: its commands are durable in the log."""
        self._taken.unlink(missing_ok=True)

    def _lines(self) -> list[bytes]:
        files = [path for path in (self._taken, self._path) if path.exists()]
        return [line for path in files for line in path.read_bytes().splitlines() if line]

    def _is_ours(self, descriptor: int) -> bool:
        """Whether what was written is still where the child will look; if it took it, it may not have seen it."""
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(there, os.fstat(descriptor))
