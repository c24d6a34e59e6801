"""`make chaos`: play every row, or those that are named; exit 1 where one had a finding."""

import argparse
import sys
import warnings
from fnmatch import fnmatch
from pathlib import Path

from benchmarks.report import results
from tests.chaos.play import play_alone
from tests.chaos.report import Report
from tests.chaos.row import NotPlayableError, Row
from tests.chaos.rows import ROWS


def main() -> int:
    """The report is written after each row, so that a run cut short has told what it saw."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("rows", nargs="*", default=["*"], help="names of rows, or patterns such as 'slack-*'")
    parser.add_argument("--list", action="store_true", help="print the rows and play none")
    parser.add_argument("--results", type=Path, default=results.FOLDER)
    asked = parser.parse_args()
    chosen = [row for row in ROWS if any(fnmatch(row.name, pattern) for pattern in asked.rows)]
    if asked.list or not chosen:
        print("\n".join(f"{row.name:32} {row.injected}" for row in (chosen or ROWS)))
        return 0 if asked.list else 2
    warnings.simplefilter("ignore", ResourceWarning)
    report = Report(asked.results)
    failed = [row.name for row in chosen if not _passed(row, report)]
    print(f"{len(chosen)} rows, {len(failed)} failed{': ' if failed else ''}{', '.join(failed)}")
    return 1 if failed else 0


def _passed(row: Row, report: Report) -> bool:
    findings: list[str] = []
    try:
        verdict = play_alone(row)
    except NotPlayableError as why:
        print(f"{row.name}: SKIPPED: {why}", flush=True)
        report.skip(row, str(why))
    except Exception as fault:  # noqa: BLE001 - whatever broke one row, the others go on
        findings = [str(fault)]
        print(f"{row.name}: BROKE: {type(fault).__name__}: {fault}", flush=True)
        report.skip(row, f"the row broke: {type(fault).__name__}")
    else:
        findings = verdict.findings
        report.add(row, verdict)
        told = "no findings" if not findings else "\n  ".join([f"{len(findings)} findings", *findings])
        print(f"{row.name}: {verdict.calls} calls, {verdict.longest_s:.1f} s, {told}", flush=True)
    report.write([one.name for one in ROWS])
    return not findings


if __name__ == "__main__":
    sys.exit(main())
