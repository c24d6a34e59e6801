"""Bench: what `countersign bench` does: run a scenario, compare two results, write the report of all."""

import json
import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from benchmarks.report import results
from benchmarks.report.comparison import compared
from benchmarks.report.overview import NoResults, write_overview

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
    results.begun.by(name, arguments)
    try:
        code: int = import_module(f"benchmarks.scenarios.{name}").main(list(arguments))
    except (pytest.skip.Exception, pytest.fail.Exception) as missing:  # of what a test would need as well
        sys.stderr.write(f"countersign bench: {missing}\n")
        return 2
    return code


def compare(old: Path, new: Path, tolerance: float) -> int:
    """Print every figure of two results, or of two folders of them; 1 where one is worse by more than that.

    Raises:
        NoResults: they are no results, or not of the same benchmark.
    """
    pairs = _pairs(old, new)
    if not pairs:
        raise NoResults(f"{old} and {new} have no result in common")
    worse = False
    for before, after in pairs:
        was, now = _read(before), _read(after)
        if was["benchmark"] != now["benchmark"]:
            raise NoResults(f"{before} is of {was['benchmark']}, {after} of {now['benchmark']}")
        if was.get("command") != now.get("command"):
            sys.stdout.write(f"begun differently: {was.get('command')} before, {now.get('command')} now\n")
        lines, bad = compared(was, now, tolerance)
        sys.stdout.write("\n".join(lines) + "\n")
        worse = worse or bad
    return int(worse)


def report(folder: Path = results.FOLDER) -> Path:
    """Write the overview of every result in a folder; where it is."""
    return write_overview(folder)


def _pairs(old: Path, new: Path) -> list[tuple[Path, Path]]:
    if old.is_dir() and new.is_dir():
        before, now = ({path.name for path in folder.glob("*.json")} for folder in (old, new))
        both = sorted(before & now)
        for folder, alone in ((old, before - now), (new, now - before)):
            if alone:
                sys.stdout.write(f"only in {folder}: {', '.join(sorted(alone))}\n")
        return [(old / name, new / name) for name in both]
    if old.is_dir() or new.is_dir():
        raise NoResults("one is a file and one a folder: name two files, or two folders")
    return [(old, new)]


def _read(path: Path) -> dict[str, Any]:
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict) or "benchmark" not in found:
        raise NoResults(f"{path} is no result of a benchmark: those are NAME.json")
    return found
