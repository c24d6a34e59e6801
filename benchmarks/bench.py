"""Bench: what `countersign bench` does: run a scenario, compare two results, write the report of all."""

import json
import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from benchmarks.report import results
from benchmarks.report.comparison import compared
from benchmarks.report.overview import write_overview

SCENARIOS = Path(__file__).parent / "scenarios"


def names() -> list[str]:
    """Every scenario: a file each."""
    return sorted(path.stem for path in SCENARIOS.glob("*.py") if not path.stem.startswith("_"))


def about(name: str) -> str:
    """Its first line, read without importing it."""
    first = (SCENARIOS / f"{name}.py").read_text(encoding="utf-8").partition("\n")[0]
    return first.strip('"').partition(": ")[2]


def run(name: str, arguments: Sequence[str]) -> int:
    """Run one; 1 where a record was lost or doubled, or a bar is missed."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of every broker that is not up yet
    code: int = import_module(f"benchmarks.scenarios.{name}").main(list(arguments))
    return code


def compare(old: Path, new: Path, tolerance: float) -> int:
    """Print every figure of two results, or of two folders of them; 1 where one is worse by more than that."""
    worse = False
    for before, after in _pairs(old, new):
        lines, bad = compared(_read(before), _read(after), tolerance)
        sys.stdout.write("\n".join(lines) + "\n")
        worse = worse or bad
    return int(worse)


def report(folder: Path = results.FOLDER) -> Path:
    """Write the overview of every result in a folder; where it is."""
    return write_overview(folder)


def _pairs(old: Path, new: Path) -> list[tuple[Path, Path]]:
    if old.is_dir() and new.is_dir():
        both = sorted({path.name for path in old.glob("*.json")} & {path.name for path in new.glob("*.json")})
        return [(old / name, new / name) for name in both]
    return [(old, new)]


def _read(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return found
