"""Results: where a benchmark writes what it measured, for machines (JSON) and for people (markdown, SVG)."""

import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.report.figures import Figure
from streams.counted import counted

FOLDER = Path(__file__).parents[1] / "results"
NOTES = Path(__file__).parents[1] / "notes"
"""What somebody found out about a benchmark, by name: its report ends with it."""

GB = 1 << 30
ENGINE = ("faust-streaming", "mode-streaming", "aiokafka", "msgspec")
LOAD_BEFORE = round(os.getloadavg()[0], 1)
"""How busy the machine was when the benchmark began."""
BUSY = 0.5
"""Above it something else was going on too."""


@dataclass(slots=True)
class Begun:
    """How the benchmark was begun; nothing where a test calls it."""

    command: str | None = None

    def by(self, name: str, arguments: Sequence[str]) -> None:
        """Note the command, without the files it writes to."""
        kept, skip = [], False
        for one in arguments:
            option = one.partition("=")[0] in {"--results", "--spy"}
            if not option and not skip:
                kept.append(one)
            skip = option and "=" not in one
        self.command = shlex.join(["countersign", "bench", "run", name, *kept])


begun = Begun()
"""The process runs one benchmark."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scenario came to. `findings` are records lost or doubled and promises broken; `missing` names peers
    that could not be measured, each with the reason; `plots` are SVG texts by name."""

    title: str
    figures: list[Figure]
    findings: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    plots: dict[str, str] = field(default_factory=dict)

    def missed(self) -> list[str]:
        """Every bar that is missed, and by how much."""
        return [sentence for figure in self.figures if (sentence := figure.missed()) is not None]

    def markdown(self) -> list[str]:
        """The report: what is wrong comes before the numbers that it spoils."""
        listed = {
            "This run failed": self.findings,
            "Not measured": [f"{name}: {why}" for name, why in self.missing.items()],
            "Bars missed": self.missed(),
        }
        told = [line for head, items in listed.items() if items for line in _listed(head, items)]
        images = [f"![{name}]({name}.svg)" for name in self.plots]
        rows = table([one.row() for one in self.figures])
        return [f"# {self.title}", "", *told, *rows, "", *self.lines, *images, ""]


def conclude(name: str, outcome: Outcome, folder: Path = FOLDER) -> int:
    """Write and print it; the exit code: 1 where a record was lost or doubled, or a bar is missed."""
    result = {
        "figures": [one._asdict() for one in outcome.figures],
        "findings": outcome.findings,
        "missing": outcome.missing,
        "missed": outcome.missed(),
        **outcome.details,
    }
    write(name, result, outcome.markdown(), folder)
    for plot, text in outcome.plots.items():
        (folder / f"{plot}.svg").write_text(text)
    sys.stdout.write("\n".join(outcome.markdown()) + "\n")
    sys.stderr.write(_last_line(folder / f"{name}.md", outcome) + "\n")
    return 1 if outcome.findings or outcome.missed() else 0


def _last_line(written: Path, outcome: Outcome) -> str:
    """Where it lies, whether it is any use, and why the exit code is what it is."""
    said = [f"written: {written}"]
    if LOAD_BEFORE > BUSY:
        said.append(f"the machine was busy (load {LOAD_BEFORE}): no use for comparisons")
    wrong = [(len(outcome.findings), "finding", "findings"), (len(outcome.missed()), "bar missed", "bars missed")]
    told = ", ".join(counted(*one) for one in wrong if one[0])
    return "; ".join([*said, *([f"exit code 1: {told}"] if told else [])])


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpus": os.cpu_count(),
        "memory_gb": round(memory / GB),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_before": LOAD_BEFORE,
    }


def write(name: str, result: Mapping[str, Any], markdown: Sequence[str], folder: Path = FOLDER) -> None:
    """Write NAME.json and NAME.md."""
    folder.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC).strftime("%Y-%m-%d")
    versions = {package: version(package) for package in ENGINE}
    about = {"benchmark": name, "at": at, "command": begun.command, "commit": _commit(), "machine": machine()}
    whole = {**about, "versions": versions, **result, "report": list(markdown)}
    (folder / f"{name}.json").write_text(json.dumps(whole, indent=1) + "\n")
    render(whole, folder)


def render(result: Mapping[str, Any], folder: Path) -> None:
    """Write NAME.md: what was measured, what somebody found out about it since, and where it was measured."""
    notes = NOTES / f"{result['benchmark']}.md"
    found_out = [notes.read_text(encoding="utf-8")] if notes.exists() else []
    lines = [*result["report"], *found_out, *_measured(result)]
    (folder / f"{result['benchmark']}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _measured(result: Mapping[str, Any]) -> list[str]:
    about = result["machine"]
    place = f"{about['cpus']} CPUs, {about['memory_gb']} GB, {about['system']}, Python {about['python']}"
    load = about.get("load_before", 0)
    busy = f"; a load of {load} beside it" if load > BUSY else ""
    commit = f", commit {result['commit']}" if result.get("commit") else ""
    by = [f"By `{result['command']}`.", ""] if result.get("command") else []
    return ["", *by, f"Measured {result['at']} on {place}{busy}{commit}."]


def _commit() -> str | None:
    """The checkout's commit, with a + where more than results and notes has changed since."""
    git = ["git", "-C", str(FOLDER.parent)]
    try:
        commit = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, check=True, text=True)
        unmeasured = [f":(exclude,top)benchmarks/{one}" for one in ("results", "notes")]
        changed = [*git, "status", "--porcelain", "--", ":/", *unmeasured]
        dirty = subprocess.run(changed, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return commit.stdout.strip() + ("+" if dirty else "")


def table(rows: Sequence[tuple[str, Any]]) -> list[str]:
    """Two columns of markdown."""
    return ["| what | measured |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]


def _listed(head: str, items: Sequence[str]) -> list[str]:
    return [f"**{head}**", "", *(f"- {one}" for one in items[:50]), ""]
