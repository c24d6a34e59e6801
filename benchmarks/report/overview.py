"""Overview: one page over every result of a folder: the bars first, then each benchmark."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.report.figures import Better, read
from benchmarks.report.results import render

PAGE, TITLE = "README.md", "# What was measured"


class NoResults(Exception):  # noqa: N818 - it is what the folder turned out to hold
    """The folder is not one of results."""


def write_overview(folder: Path) -> Path:
    """Write it beside the results, and each report again with what its notes say now.

    Raises:
        NoResults: the folder holds none, or another page is in the way.
    """
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    page = folder / PAGE
    if not all("benchmark" in one for one in found) or not found:
        raise NoResults(f"{folder} is no folder of results: `countersign bench run` writes one")
    if page.exists() and not page.read_text(encoding="utf-8").startswith(TITLE):
        raise NoResults(f"{page} is not an overview of results, and is left as it is")
    for one in found:
        if "report" in one:
            render(one, folder)
    page.write_text("\n".join(overview(found, {path.stem for path in folder.glob("*.svg")})) + "\n")
    return page


def overview(found: Sequence[Mapping[str, Any]], plots: set[str]) -> list[str]:
    """Its lines; `plots` are the names of the drawings that lie beside it."""
    lines = [
        TITLE,
        "",
        "Written by `countersign bench report`. How to measure: [here](../README.md).",
        "",
    ]
    lines += ["## The bars", "", "| benchmark | figure | measured | bar | |", "|---|---|---|---|---|"]
    lines += [row for result in found for row in _bars(result)]
    for result in found:
        name = result["benchmark"]
        lines += ["", f"## [{name}]({name}.md)", "", f"Measured {result['at']}{_busy(result)}."]
        lines += [f"**Failed**: {one}" for one in result.get("findings", ())]
        lines += [f"Not measured: {peer} ({why})." for peer, why in (result.get("missing") or {}).items()]
        lines += [f"![{plot}]({plot}.svg)" for plot in sorted(plots) if plot.startswith(f"{name}_")]
    return lines


def _bars(result: Mapping[str, Any]) -> list[str]:
    rows = []
    for figure in read(result):
        if figure.bar is None:
            continue
        at = "at least" if figure.better is Better.MORE else "at most"
        missed = figure.missed()
        word = "met" if missed is None else f"**missed**, {missed.rpartition(': ')[2]}"
        rows.append(f"| {result['benchmark']} | {figure.name} | {figure.text()} | {at} {figure.bar:g} | {word} |")
    return rows


def _busy(result: Mapping[str, Any]) -> str:
    load = result["machine"].get("load_before", 0)
    return f", with a load of {load} beside it" if load > 0.5 else ""
