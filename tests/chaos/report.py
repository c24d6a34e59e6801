"""Report: what each row showed, as JSON beside the page that people read; a row played again replaces its own."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.report import results
from tests.chaos.row import Row
from tests.chaos.verdict import Verdict

NAME = "chaos"
HEAD = """\
# What faults did to a run on Kafka

Each row is a run of its own on a real Kafka: two bridges, two workers, a gateway and a watchdog as processes,
and stand-ins for Slack, Duo, PagerDuty and Elasticsearch. Two calls come a second, of eight people: three in
six are asked about, one in six pages, a tenth comes twice. Some of the people say Yes and approve, one says
No, one denies the push, one never taps, one is silent. A process that ends is started again after 2 s, one
that is killed young again and again after 4, 8, 16 and then 20 s, as systemd's `RestartSteps` or Kubernetes do.
Afterwards the whole log and everything that the stand-ins recorded is audited, and a finding fails the run
(`make chaos`).

Ends are those of calls. Pages are incidents of cases (several calls of one person may be one case), in
brackets those that the watchdog paged. The longest delay is that of a page after it was due: of an alert
since it was published, of a question since its deadline or since the answer that refused it; in brackets what
is allowed: 30 s, and the outage where the fault keeps everybody from paging. Duplicates are questions, pushes
and page events beyond the first of a case; page events merge into one incident.

In `failpoints-worker-*` one worker dies again and again, mostly while it takes partitions up. Those that fall to
it wait until it is gone again; started after 2 s every time, it kept alerts waiting for 162 s. `broker-paused`
took 69 to 76 s on busy machines, and both workers ended themselves, until each answer of a broker was bounded
apart (`streams/kafka/stalls.py`). What was found is below the table by invariant, and whole in `chaos.json`; a row
tells of the code of its own time.
"""
COLUMNS = (
    "fault",
    "what was injected",
    "calls",
    "ends",
    "pages",
    "pages about the pipeline",
    "duplicates",
    "longest delay of a page",
    "processes that ended (exit code)",
    "findings",
)


class Report:
    """The rows known so far, in a folder of results."""

    def __init__(self, folder: Path = results.FOLDER) -> None:
        self._folder = folder
        file = folder / f"{NAME}.json"
        known = json.loads(file.read_text())["rows"] if file.exists() else []
        self._rows: dict[str, dict[str, Any]] = {one["name"]: one for one in known}

    def add(self, row: Row, verdict: Verdict) -> None:
        """What a row showed just now."""
        self._put(row, verdict._asdict())

    def skip(self, row: Row, why: str) -> None:
        """A row that this machine cannot play is told, not left out."""
        self._put(row, {"skipped": why})

    def write(self, order: Sequence[str]) -> None:
        """Both files; rows that are no more are left out."""
        rows = [self._rows[name] for name in order if name in self._rows]
        results.write(
            NAME,
            {"rows": rows},
            [HEAD, _cells(COLUMNS), _cells("-" * len(COLUMNS)), *map(_line, rows), *_findings(rows)],
            self._folder,
        )

    def _put(self, row: Row, shown: Mapping[str, Any]) -> None:
        at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
        self._rows[row.name] = {"name": row.name, "injected": row.injected, "at": at, **shown}


def _findings(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """What each row found, by invariant: how often, and the first of each, so that no kind hides in a count."""
    told = []
    for row in rows:
        kinds: dict[str, list[str]] = {}
        for one in row.get("findings", []):
            kinds.setdefault(one.partition(":")[0], []).append(one)
        if kinds:
            told += ["", f"`{row['name']}`:"]
            told += [f"- {len(found)} of {kind}, the first: {found[0]}" for kind, found in sorted(kinds.items())]
    return told


def _line(row: Mapping[str, Any]) -> str:
    if "skipped" in row:
        told = [row["name"], row["injected"], f"skipped: {row['skipped']}"]
        return _cells([*told, *[""] * (len(COLUMNS) - len(told))])
    cells = [
        row["name"],
        row["injected"],
        row["calls"],
        _counts(row["ends"]),
        f"{row['pages']} ({row['by_rescuers']})",
        row["pipeline_pages"],
        _counts(row["duplicates"]),
        f"{row['longest_s']:.1f} s ({row['allowed_s']:.0f} s)",
        _counts(row["exits"]),
        len(row["findings"]) or "none",
    ]
    return _cells(cells)


def _cells(cells: Iterable[Any]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in found.items() if count) or "none"
