"""Case memory: what an open case, a question of three calls that waits, costs a worker in memory after a recovery.

    countersign bench run case_memory [--cases 200000]

The entries are made by one process and taken over by another, one by one as a changelog brings them, so that what
is measured is what stays. Exit 1 where a case takes 2 KB or more.
"""

import argparse
import gc
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from agents.decisions.case.due import wakes
from benchmarks.load.open_cases import open_cases
from benchmarks.report import results
from benchmarks.report.figures import Better, Figure
from benchmarks.run.options import COUNT, command_line
from streams.clock import wall_clock
from streams.records.case import Case
from streams.records.codec import from_entry
from tables.case_shelf import CaseShelf
from tables.deadlines import Deadlines

NAME = "case_memory"
BAR_BYTES = 2_000
TIMEOUT_MS = 6 * 3_600_000
LENGTH_BYTES = 4
PARTS = {
    "all": "a case, all of it",
    "store": "the store: key, entry, and their place in it",
    "entry": "the entry itself",
    "index": "what finds it: the index, its id, its last move",
    "deadlines": "its deadlines",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the entries, have them taken over, write the results; the exit code."""
    options = _options(arguments)
    if options.take_over is not None:
        sys.stdout.write(json.dumps(_taken_over(options.take_over)) + "\n")
        return 0
    with tempfile.NamedTemporaryFile() as file:
        for send in open_cases(options.cases, 1, wall_clock(), TIMEOUT_MS, compacted=True):
            for part in (send.key or b"", send.value or b""):
                file.write(len(part).to_bytes(LENGTH_BYTES, "big") + part)
        file.flush()
        command = [sys.executable, "-m", "benchmarks.scenarios.case_memory", "--take-over", file.name]
        found = subprocess.run(command, check=True, capture_output=True, text=True)
    return results.conclude(NAME, _outcome(json.loads(found.stdout)), options.results)


def _outcome(parts: dict[str, int]) -> results.Outcome:
    count = parts.pop("cases")
    figures = [
        Figure(name, parts[part], "bytes", Better.LESS, BAR_BYTES if part == "all" else None)
        for part, name in PARTS.items()
    ]
    return results.Outcome(f"What an open case costs in memory, of {count:,}", figures, [])


def _taken_over(path: Path) -> dict[str, Any]:
    """What each part of a case adds to the process, in bytes."""
    at_first = _resident()
    entries = dict(_entries(path))
    with_entries = _resident()
    shelf = CaseShelf(0, 1)
    shelf.load(entries)
    with_shelf = _resident()
    deadlines = Deadlines(lambda _: ())
    for case_id in shelf.cases:
        deadlines.update(case_id, wakes(shelf.cases.peek(case_id)))
    at_last, count = _resident(), len(entries)
    assert all(from_entry(Case, entry).deadline_ms for entry in list(entries.values())[:100])
    return {
        "cases": count,
        "entry": round(sum(map(len, entries.values())) / count),
        "store": round((with_entries - at_first) / count),
        "index": round((with_shelf - with_entries) / count),
        "deadlines": round((at_last - with_shelf) / count),
        "all": round((at_last - at_first) / count),
    }


def _entries(path: Path) -> Iterator[tuple[bytes, bytes]]:
    with path.open("rb") as file:
        while size := file.read(LENGTH_BYTES):
            key = file.read(int.from_bytes(size, "big"))
            yield key, file.read(int.from_bytes(file.read(LENGTH_BYTES), "big"))


def _resident() -> int:
    """The process's memory in bytes."""
    gc.collect()
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1_024


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command_line(NAME, __doc__)
    parser.add_argument("--cases", type=COUNT, default=200_000)
    parser.add_argument("--take-over", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
