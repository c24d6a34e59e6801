"""Processes: what a process and its child use, read from /proc once a second."""

import os
import threading
from abc import ABC, abstractmethod
from pathlib import Path
from typing import NamedTuple, Self

EVERY_S = 1.0
MB = 1 << 20


class Use(NamedTuple):
    """One look: seconds since the start, resident memory of the process and of its child, CPU seconds of both."""

    at_s: float
    supervisor_mb: float
    child_mb: float
    cpu_s: float


class Watcher(ABC):
    """Looks at a process from a thread of its own, from entering to leaving."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watcher", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._stop.set()
        self._thread.join(5)

    @abstractmethod
    def _watch(self) -> None:
        """Look until `_stop` is set."""


class Watch(Watcher):
    """Looks at a process and its first child until it is stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(pid)
        self.uses: list[Use] = []

    def _watch(self) -> None:
        looks = 0
        while not self._stop.wait(EVERY_S):
            looks += 1
            try:
                child = children(self._pid)[0]
                used_s = cpu_s(self._pid) + cpu_s(child)
                self.uses.append(Use(looks * EVERY_S, rss_mb(self._pid), rss_mb(child), round(used_s, 2)))
            except (OSError, IndexError):
                continue  # between two lives of the child


def children(pid: int) -> list[int]:
    """The processes that it started itself."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def rss_mb(pid: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / MB, 1)


def cpu_s(pid: int) -> float:
    """CPU seconds of a process so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
