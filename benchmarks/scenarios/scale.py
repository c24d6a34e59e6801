"""Scale: one, two and four workers over the same calls, all cores free, with the broker's CPU told apart.

    countersign bench run scale [--records 200000] [--workers 1 2 4] [--rounds 3] [--results FOLDER]

The workers share the partitions before the first call comes, as a running system has it. The bar is on CPU: two
workers may use 5 % more of it for a call than one does. With as many cores as processes wall time follows.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.load.profiles import PEOPLE, triage_mix
from benchmarks.load.records import Arrival, Load
from benchmarks.report import results, svg
from benchmarks.report.figures import Better, Figure
from benchmarks.run.cores import ALL
from benchmarks.run.meter import Meter
from benchmarks.run.options import COUNT, command_line
from benchmarks.run.timed import Timed
from benchmarks.run.triage_run import measure, world
from streams.clock import wall_clock
from tests.support.kafka import KafkaServer

NAME = "scale"
SEED = 20260105
BAR = 1.05


class Shared(NamedTuple):
    """A run of so many workers, and the broker's CPU seconds in the same time."""

    timed: Timed
    broker_s: float

    @property
    def broker_us(self) -> float:
        """Microseconds of the broker's CPU a record."""
        return self.broker_s / max(self.timed.records, 1) * 1e6

    @property
    def busy(self) -> int:
        """How many workers had any share worth the name: 1 % of the work."""
        return sum(used > sum(self.timed.cpu_s) / 100 for used in self.timed.cpu_s)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each number in rounds, write the results; the exit code."""
    options = _options(arguments)
    load = Load(SEED, triage_mix(PEOPLE))
    arrivals = list(load.arrivals(options.records, start_ms=wall_clock(), per_s=options.records / 60))
    runs: dict[int, list[Shared]] = {workers: [] for workers in options.workers}
    with (
        tempfile.TemporaryDirectory(prefix="countersign-bench-") as name,
        KafkaServer(Path(name) / "kafka") as kafka,
    ):
        for number in range(options.rounds):
            for workers, found in runs.items():
                kafka.wipe()
                found.append(_shared(Path(name) / f"{number}-{workers}", kafka, load, arrivals, workers))
    return results.conclude(NAME, _outcome(options, runs), options.results)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command_line(NAME, __doc__)
    parser.add_argument("--records", type=COUNT, default=600_000)
    parser.add_argument("--workers", type=COUNT, nargs="+", default=[1, 2, 4])
    parser.add_argument("--rounds", type=COUNT, default=3)
    return parser.parse_args(arguments)


def _shared(folder: Path, kafka: KafkaServer, load: Load, arrivals: Sequence[Arrival], workers: int) -> Shared:
    with world(folder, kafka, load) as cluster, Meter(kafka.nodes[0].pid) as broker:
        timed = measure(cluster, arrivals, workers=workers, cores=ALL, fill_first=False)
    return Shared(timed, broker.cpu_between(timed.steps[0].at_ms, timed.steps[-1].at_ms))


def _outcome(options: argparse.Namespace, runs: dict[int, list[Shared]]) -> results.Outcome:
    costs = {workers: median(one.timed.cpu_us for one in found) for workers, found in runs.items()}
    rates = {workers: median(one.timed.per_s for one in found) for workers, found in runs.items()}
    figures: list[Figure] = []
    for workers, found in runs.items():
        name = f"{workers} worker{'s' * (workers > 1)}"
        broker = median(one.broker_us for one in found)
        figures += [
            Figure(f"{name}: CPU a record", round(costs[workers], 2), "us", Better.LESS),
            Figure(f"{name}: the broker's CPU a record", round(broker, 2), "us", Better.LESS),
            Figure(f"{name}: rate", round(rates[workers]), "records/s", Better.MORE),
        ]
    first = options.workers[0]
    for workers in options.workers[1:]:
        part = round(costs[workers] / costs[first], 3)
        bar = BAR if (first, workers) == (1, 2) else None
        figures.append(Figure(f"CPU a record, {workers} against {first}", part, "times", Better.LESS, bar))
    idle = [
        f"{workers} workers, but only {one.busy} had work"
        for workers, found in runs.items()
        for one in found
        if one.busy < workers
    ]
    rows = [(f"{workers} workers", rate) for workers, rate in rates.items()]
    return results.Outcome(
        title=f"Scale: {options.records:,} calls to verdicts by several workers",
        figures=figures,
        findings=[one for found in runs.values() for run in found for one in run.timed.findings] + idle,
        lines=[
            f"The log is filled while they work. {len(ALL)} cores for workers, broker and the filling together."
        ],
        details={
            "runs": {
                str(workers): [one.timed.told() | {"broker_s": one.broker_s} for one in found]
                for workers, found in runs.items()
            }
        },
        plots={"scale_rate": svg.bars("Records a second", rows, "/s")},
    )


if __name__ == "__main__":
    sys.exit(main())
