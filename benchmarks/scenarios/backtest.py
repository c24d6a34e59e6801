"""Backtest: how fast `countersign backtest` goes through a million recorded calls, and what memory it takes.

    countersign bench run backtest [--records 1000000]

Log files as CloudTrail writes them, gzipped, a thousand records each, a day of calls in all. Exit 1 where a bar of
the project is missed: 30,000 records a second on one core, and memory that does not follow the number of records.
"""

import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from benchmarks.load.records import Load
from benchmarks.load.staff import Staff
from benchmarks.report import results
from benchmarks.report.figures import Better, Figure
from benchmarks.run.options import COUNT, command_line

NAME = "backtest"
ROOT = Path(__file__).parents[2]
IN_A_FILE = 1_000
DAY_S = 86_400
START_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
FEW = 10
"""The short run has this part of the records: what memory the others cost is the difference."""
PER_S = 30_000
GROWS_MB = 50
PEOPLE, ACCOUNTS = 50, 10


class Run(NamedTuple):
    """One process: records counted, seconds it took, CPU seconds, and the most memory it held, in MB."""

    records: int
    wall_s: float
    cpu_s: float
    peak_mb: float

    @property
    def per_s(self) -> float:
        """Records a second of one core."""
        return self.records / self.cpu_s


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, run both, write the results; the exit code."""
    parser = command_line(NAME, __doc__)
    parser.add_argument("--records", type=COUNT, default=1_000_000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="countersign-backtest-") as name:
        folder = Path(name)
        files = write_files(folder, options.records)
        short = _run(folder, files[: max(1, len(files) // FEW)])
        whole = _run(folder, files)
    lost = [] if whole.records == options.records else [f"{whole.records:,} of {options.records:,} were read"]
    outcome = results.Outcome(
        title="What a backtest takes",
        figures=_figures(short, whole),
        lines=[
            f"{one.records:,} records took {one.wall_s:.1f} s and {one.peak_mb:.0f} MB." for one in (short, whole)
        ],
        details={"short": short._asdict(), "whole": whole._asdict()},
        findings=lost,
    )
    return results.conclude(NAME, outcome, options.results)


def _figures(short: Run, whole: Run) -> list[Figure]:
    grown_mb = round(whole.peak_mb - short.peak_mb)
    return [
        Figure("records a second of one core", round(whole.per_s), "", Better.MORE, PER_S),
        Figure(f"memory that {FEW} times the records take more", grown_mb, "MB", Better.LESS, GROWS_MB),
    ]


def write_files(folder: Path, records: int) -> list[Path]:
    """So many records, in files of a thousand."""
    arrivals = Load(1).arrivals(records, start_ms=START_MS, per_s=records / DAY_S)
    files = []
    for number, body in enumerate(_bodies(one.record for one in arrivals)):
        path = folder / f"{number:06d}.json.gz"
        path.write_bytes(gzip.compress(body, 1))
        files.append(path)
    return files


def _bodies(records: Iterator[bytes]) -> Iterator[bytes]:
    while some := list(islice(records, IN_A_FILE)):
        yield b'{"Records":[' + b",".join(some) + b"]}"


def _run(folder: Path, files: list[Path]) -> Run:
    """The command as a person starts it, on one core."""
    some = folder / "some"
    some.mkdir(exist_ok=True)
    for path in some.iterdir():
        path.unlink()
    for path in files:
        os.link(path, some / path.name)
    (folder / "people.yaml").write_text(Staff(PEOPLE, ACCOUNTS).people_yaml())
    (folder / "countersign.toml").write_text('[people]\npath = "people.yaml"\n')
    config = str(folder / "countersign.toml")
    command = [sys.executable, "-m", "agents.cli.main", "backtest", str(some), "-o", "json", "--config", config]
    one_core = min(os.sched_getaffinity(0))
    began = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, {one_core}),  # noqa: PLW1509 - no threads run here
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.perf_counter() - began
    assert process.returncode == 0, process.returncode
    return Run(json.loads(said)["records"], wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


if __name__ == "__main__":
    sys.exit(main())
