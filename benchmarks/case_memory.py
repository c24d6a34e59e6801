"""Case memory: what an open case, a question of three calls that waits, costs a worker in memory after a recovery.

    python -m benchmarks.case_memory [--cases 200000] [--results FOLDER]

The entries are made by one process and taken over by another, one by one as a changelog brings them, so that what
is measured is what stays. Exit 1 where a case takes 2 KB or more.
"""

import argparse
import gc
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agents.decisions.case.due import wakes
from benchmarks import results
from benchmarks.open_cases import open_cases
from streams.clock import wall_clock
from streams.records.case import Case
from streams.records.codec import from_entry
from tables.case_shelf import CaseShelf
from tables.deadlines import Deadlines

NAME = "case_memory"
BAR_BYTES = 2_000
TIMEOUT_MS = 6 * 3_600_000
LENGTH_BYTES = 4


def main() -> int:
    """Make the entries, have them taken over, write the results; the exit code."""
    options = _options()
    if options.take_over is not None:
        sys.stdout.write(json.dumps(_taken_over(options.take_over)) + "\n")
        return 0
    with tempfile.NamedTemporaryFile() as file:
        for send in open_cases(options.cases, 1, wall_clock(), TIMEOUT_MS, compacted=True):
            for part in (send.key or b"", send.value or b""):
                file.write(len(part).to_bytes(LENGTH_BYTES, "big") + part)
        file.flush()
        command = [sys.executable, "-m", "benchmarks.case_memory", "--take-over", file.name]
        found = subprocess.run(command, check=True, capture_output=True, text=True)
    result = json.loads(found.stdout)
    missed = [f"a case takes {result['all']} bytes, the bar is {BAR_BYTES}"] if result["all"] >= BAR_BYTES else []
    results.write(NAME, result | {"missed": missed}, _markdown(result), options.results)
    sys.stdout.write("\n".join([*_markdown(result), *missed]) + "\n")
    return 1 if missed else 0


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


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cases", type=int, default=200_000)
    parser.add_argument("--results", type=Path, default=results.FOLDER)
    parser.add_argument("--take-over", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _markdown(result: dict[str, Any]) -> list[str]:
    rows = [
        (f"bytes a case, of {result['cases']:,} (bar: under {BAR_BYTES:,})", result["all"]),
        ("the store: key, entry, and their place in it", result["store"]),
        ("the entry itself", result["entry"]),
        ("what finds it: the index, its id, its last move", result["index"]),
        ("its deadlines", result["deadlines"]),
    ]
    return ["# What an open case costs in memory", "", *results.table(rows)]


if __name__ == "__main__":
    sys.exit(main())
