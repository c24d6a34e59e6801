"""Embedded log: append, read, calls to verdicts and log files to verdicts, each beside the same on Kafka.

    countersign bench run embedded [--records 200000] [--rounds 3] [--results FOLDER]

Our processes share the measured core: on Kafka bridge and worker, here the one child. The broker has another.
The bar is half of what Kafka does with the whole path, from log files to verdicts.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from benchmarks.load.frames import framed
from benchmarks.load.profiles import PEOPLE, triage_mix
from benchmarks.load.records import Arrival, Load
from benchmarks.report import results, svg
from benchmarks.report.figures import Better, Figure
from benchmarks.run.cores import OTHERS, on
from benchmarks.run.embedded_run import PARTITIONS, PIECE, machine, measure_embedded, measure_files, trail
from benchmarks.run.options import COUNT, command_line
from benchmarks.run.timed import Timed
from benchmarks.run.triage_run import measure, world
from streams.clock import wall_clock
from streams.embedded.location import LogLocation
from streams.embedded.reader import LogReader
from streams.embedded.writer import LogWriter
from streams.topics import Topic, plan
from tests.support.kafka import KafkaServer

NAME = "embedded"
SEED = 20260105
BAR = 0.5
MB = 1_000_000
HERE, KAFKA = "embedded log", "Kafka"
TRIAGE, WHOLE = "calls to verdicts", "log files to verdicts"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the results; the exit code."""
    options = _options(arguments)
    load = Load(SEED, triage_mix(PEOPLE))
    arrivals = list(load.arrivals(options.records, start_ms=wall_clock(), per_s=options.records / 60))
    runs: dict[tuple[str, str], list[Timed]] = {}
    with tempfile.TemporaryDirectory(prefix="countersign-bench-") as name, on(OTHERS):
        figures = _appended(Path(name) / "plain.db", arrivals)
        for number in range(options.rounds):
            for (log, path), timed in _round(Path(name) / str(number), load, arrivals).items():
                runs.setdefault((log, path), []).append(timed)
    findings = [
        f"{log}, {path}: {one}" for (log, path), all_ in runs.items() for run in all_ for one in run.findings
    ]
    figures += _figures(runs)
    rates = [(f"{log}, {path}", median(one.per_s for one in told)) for (log, path), told in runs.items()]
    outcome = results.Outcome(
        title=f"The embedded log: {options.records:,} records",
        figures=figures,
        findings=findings,
        details={f"{log}, {path}": [one.told() for one in told] for (log, path), told in runs.items()},
        plots={"embedded_rate": svg.bars("Records a second, our processes on one core", rates, "/s")},
    )
    return results.conclude(NAME, outcome, options.results)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command_line(NAME, __doc__)
    parser.add_argument("--records", type=COUNT, default=200_000)
    parser.add_argument("--rounds", type=COUNT, default=3)
    return parser.parse_args(arguments)


def _round(folder: Path, load: Load, arrivals: Sequence[Arrival]) -> dict[tuple[str, str], Timed]:
    """Both paths on both logs, each on a log of its own."""
    folder.mkdir()
    timed: dict[tuple[str, str], Timed] = {}
    works: dict[str, Callable[..., Timed]] = {TRIAGE: measure_embedded, WHOLE: measure_files}
    for number, (path, work) in enumerate(works.items()):
        with machine(folder / f"here-{number}", load) as product:
            timed[HERE, path] = work(product, arrivals)
    with KafkaServer(folder / "kafka") as kafka:
        with world(folder / "triage", kafka, load) as cluster:
            timed[KAFKA, TRIAGE] = measure(cluster, arrivals)
        kafka.wipe()
        with world(folder / "whole", kafka, load, feeds=[trail(folder / "whole", load)]) as cluster:
            timed[KAFKA, WHOLE] = measure_files(cluster, arrivals)
    return timed


def _figures(runs: dict[tuple[str, str], list[Timed]]) -> list[Figure]:
    rates = {key: median(one.per_s for one in told) for key, told in runs.items()}
    figures = [
        Figure(f"{log}: {path}", round(one), "records/s", Better.MORE) for (log, path), one in rates.items()
    ]
    figures += [
        Figure(f"{log}: {path}, CPU", round(median(one.cpu_us for one in told), 2), "us a record", Better.LESS)
        for (log, path), told in runs.items()
    ]
    for path, bar in ((TRIAGE, None), (WHOLE, BAR)):
        part = rates[HERE, path] / rates[KAFKA, path] if rates[KAFKA, path] else 0.0
        figures.append(Figure(f"embedded log against Kafka, {path}", round(part, 2), "times", Better.MORE, bar))
    return figures


def _appended(path: Path, arrivals: Sequence[Arrival]) -> list[Figure]:
    """Frames appended, each group durable before the next, then read; nothing else runs."""
    sends = framed(arrivals, PARTITIONS, "v", wall_clock()).sends
    size = sum(len(send.value or b"") for send in sends)
    writer = LogWriter.open(LogLocation(path), plan(PARTITIONS), 14)
    began = time.perf_counter()
    for start in range(0, len(sends), PIECE):
        writer.append_blocking(sends[start : start + PIECE])
    append_s = time.perf_counter() - began
    writer.close()
    began = time.perf_counter()
    read = _read(path)
    read_s = time.perf_counter() - began
    assert read == size, f"{size} bytes were appended, {read} read"
    path.unlink()
    return [
        Figure("append, durable", round(size / MB / append_s, 1), "MB/s", Better.MORE),
        Figure("append, durable, records", round(len(arrivals) / append_s), "records/s in frames", Better.MORE),
        Figure("read", round(size / MB / read_s, 1), "MB/s", Better.MORE),
    ]


def _read(path: Path) -> int:
    size = 0
    with LogReader(path) as log:
        for partition in range(PARTITIONS):
            offset = 0
            while page := log.read(Topic.CALLS, partition, offset, 100):
                size += sum(len(record.value or b"") for record in page)
                offset = page[-1].offset + 1
    return size


if __name__ == "__main__":
    sys.exit(main())
