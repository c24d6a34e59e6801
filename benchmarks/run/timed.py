"""Timed: one run of workers over a backlog, as the log and the meters tell it afterwards."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from benchmarks.run.meter import Meter
from benchmarks.run.progress import Decided, Step


class Timed(NamedTuple):
    """What was decided how fast, the CPU of each process meanwhile, and what is wrong with it.

    `committed_s` is how long after the last verdict the group had committed everything; `cases_s` how long after
    it the last call was in its case.
    """

    records: int
    frames: int
    wall_s: float
    cpu_s: list[float]
    peak_mb: list[float]
    committed_s: float
    cases_s: float
    verdicts: int
    findings: list[str]
    steps: list[Step]

    @property
    def per_s(self) -> float:
        """Records a second."""
        return self.records / self.wall_s if self.wall_s else 0.0

    @property
    def through_per_s(self) -> float:
        """Records a second until the last call was in its case."""
        return self.records / (self.wall_s + max(self.cases_s, 0.0)) if self.wall_s else 0.0

    @property
    def cpu_us(self) -> float:
        """Microseconds of all processes' CPU a record."""
        return sum(self.cpu_s) / self.records * 1e6 if self.records else 0.0

    def told(self) -> dict[str, Any]:
        """For the JSON."""
        steps = [(step.at_ms - self.steps[0].at_ms, step.records) for step in self.steps]
        thin = steps[:: max(1, len(steps) // 100)]
        return self._asdict() | {"per_s": round(self.per_s), "cpu_us": round(self.cpu_us, 2), "steps": thin}


def timed(
    found: Decided, meters: Sequence[Meter], committed_ms: int, findings: list[str], frames: int = 0
) -> Timed:
    """From the first verdict on the log to the last one."""
    if not found.steps:
        return Timed(
            0, frames, 0.0, [], [0.0], 0.0, 0.0, 0, [*findings, "there is no verdict at all"], [Step(0, 0)]
        )
    records, wall_s = found.rate()
    if records <= 0 or wall_s <= 0:
        findings = [*findings, "all of it was decided at once: more records are needed to tell a rate"]
    begin_ms, end_ms = found.steps[0].at_ms, found.steps[-1].at_ms
    committed_s = (committed_ms - end_ms) / 1_000
    cases_s = ((found.joined_ms or committed_ms) - end_ms) / 1_000
    if found.joined_ms is None:
        findings = [*findings, "no call came to a case"]
    cpu_s = [round(meter.cpu_between(begin_ms, end_ms), 3) for meter in meters]
    peaks = [meter.peak_mb() for meter in meters]
    verdicts = found.verdicts.total()
    return Timed(records, frames, wall_s, cpu_s, peaks, committed_s, cases_s, verdicts, findings, found.steps)
