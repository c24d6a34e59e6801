"""Meter: CPU and memory of a process and its children over time, to be asked about any moment afterwards."""

from bisect import bisect_right
from typing import NamedTuple

from benchmarks.run.processes import Watcher, children, cpu_s, rss_mb
from streams.clock import wall_clock

EVERY_S = 0.02


class Look(NamedTuple):
    """Epoch milliseconds, CPU seconds so far, resident megabytes."""

    at_ms: int
    cpu_s: float
    rss_mb: float


class Meter(Watcher):
    """Looks at a process until it is stopped or the process is gone."""

    def __init__(self, pid: int, every_s: float = EVERY_S) -> None:
        super().__init__(pid)
        self.looks: list[Look] = []
        self._every_s = every_s

    def cpu_between(self, begin_ms: float, end_ms: float) -> float:
        """CPU seconds that were used between two moments."""
        return self._cpu_at(end_ms) - self._cpu_at(begin_ms)

    def peak_mb(self) -> float:
        """The most resident memory that was seen."""
        return max((look.rss_mb for look in self.looks), default=0.0)

    def _cpu_at(self, at_ms: float) -> float:
        """Between two looks, as if it had been used evenly."""
        place = bisect_right(self.looks, at_ms, key=lambda look: look.at_ms)
        if place in {0, len(self.looks)}:
            return self.looks[min(place, len(self.looks) - 1)].cpu_s
        before, after = self.looks[place - 1], self.looks[place]
        part = (at_ms - before.at_ms) / max(after.at_ms - before.at_ms, 1)
        return before.cpu_s + part * (after.cpu_s - before.cpu_s)

    def _watch(self) -> None:
        while True:
            try:
                family = [self._pid, *children(self._pid)]
                used_s, resident_mb = sum(map(cpu_s, family)), sum(map(rss_mb, family))
                self.looks.append(Look(wall_clock(), used_s, resident_mb))
            except OSError:
                return
            if self._stop.wait(self._every_s):
                return
