"""Comparison: two results of one benchmark, figure by figure."""

from collections.abc import Mapping
from typing import Any

from benchmarks.report.figures import Better, Figure, read

COLUMNS = ("figure", "before", "now", "change", "")


def compared(old: Mapping[str, Any], new: Mapping[str, Any], tolerance: float) -> tuple[list[str], bool]:
    """A table, and whether the new one is worse: by more than the tolerance in a figure, or by having failed."""
    before, now = ({one.name: one for one in read(result)} for result in (old, new))
    rows = [COLUMNS]
    worse = bool(new.get("findings"))
    for name, figure in now.items():
        told, bad = _change(before.get(name), figure, tolerance)
        rows.append((name, before[name].text() if name in before else "-", figure.text(), *told))
        worse = worse or bad
    rows += [(name, figure.text(), "-", "-", "gone") for name, figure in before.items() if name not in now]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return [f"{new['benchmark']}: {old['at']} and {new['at']}", *_warnings(old, new), *lines, ""], worse


def _change(before: Figure | None, now: Figure, tolerance: float) -> tuple[tuple[str, str], bool]:
    if before is None:
        return ("-", "new"), False
    if not before.value:
        return ("-", ""), False
    part = now.value / before.value - 1
    gain = part if now.better is Better.MORE else -part
    word = "better" if gain > tolerance else "WORSE" if gain < -tolerance else ""
    return (f"{100 * part:+.1f} %", word), gain < -tolerance


def _warnings(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What makes the two not comparable."""
    told = [f"FAILED: {one}" for one in new.get("findings", ())]
    for what in ("cpus", "memory_gb", "system", "python"):
        before, now = old["machine"].get(what), new["machine"].get(what)
        if before != now:
            told.append(f"not the same machine: {what} {before}, then {now}")
    for word, result in (("before", old), ("now", new)):
        load = result["machine"].get("load_before", 0)
        if load > 0.5:
            told.append(f"{word}: something else ran on the machine, its load was {load}")
    return told
