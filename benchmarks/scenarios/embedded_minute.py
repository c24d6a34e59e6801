"""Embedded minute: `countersign run` on the embedded log under a steady load, with everybody answering.

    countersign bench run embedded_minute [--seconds 60] [--per-s 200] [--feed sqs|files]

A run that lost or doubled a record, or whose questions and alerts ended otherwise than they must, fails: exit 1.
"""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.standins.thread import StandInThread
from benchmarks.load.crowd import Crowd
from benchmarks.load.feeders import Feeder, FilesFeeder, QueueFeeder
from benchmarks.load.records import Load
from benchmarks.report import results
from benchmarks.report.figures import Better, Figure, spread
from benchmarks.run import audit
from benchmarks.run.options import COUNT, command_line
from benchmarks.run.play import living, play, settle
from benchmarks.run.processes import Use, Watch
from streams.embedded.reader import LogReader
from tests.support.journal import Journal, read_journal
from tests.support.product import Product

NAME = "embedded_minute"
MOST_LATE_S = 1.0
SEED = 20260105
TIMING = {
    "group_wait_s": 5,
    "group_interval_s": 10,
    "prompt_timeout_s": 60,
    "reminder_after_s": 45,
    "push_timeout_s": 30,
    "delivery_timeout_s": 30,
    "grant_wait_s": 1,
}
NO_CEILINGS = {"prompts_per_person_hour": 1_000_000, "pages_per_account_hour": 1_000_000}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, judge, write the results; the exit code."""
    options = _options(arguments)
    load = Load(SEED)
    with tempfile.TemporaryDirectory(prefix="countersign-bench-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        feeder = _feeder(options.feed, folder)
        stack.enter_context(feeder)
        hands = stack.enter_context(StandInThread(folder))
        product = _product(folder, hands, feeder, load)
        crowd = Crowd(hands.standins, load.staff.people, SEED)
        stack.enter_context(living(hands, crowd))
        stack.callback(product.close)
        product.start(**feeder.environ)  # type: ignore[arg-type]  # mypy: a mapping may hold wait_s
        assert product.process is not None
        with Watch(product.process.pid) as watch:
            sent, late_s = play(feeder, load, options.seconds, options.per_s)
            settled_s = settle(product, sent)
        stopped = product.stop()
        with LogReader(product.log) as log:
            exchanges = [one for service in hands.standins.all for one in service.requests]
            journal = read_journal(log, exchanges)
            intake = audit.intake_counts(log)
    found = audit.findings(journal, sent, intake)
    found += [f"SIGTERM left exit code {stopped}"] if stopped else []
    found += [f"the load fell {late_s} s behind: this measures nothing"] if late_s > MOST_LATE_S else []
    result = _result(options, journal, sent, watch.uses, found) | {"late_s": late_s, "settled_s": settled_s}
    results.write(f"{NAME}_{options.feed}", result | {"intake": dict(intake)}, _markdown(result), options.results)
    sys.stdout.write("\n".join(_markdown(result)) + "\n")
    return 1 if found else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command_line(NAME, __doc__)
    parser.add_argument("--seconds", type=COUNT, default=60)
    parser.add_argument("--per-s", type=COUNT, default=200)
    parser.add_argument("--feed", choices=["sqs", "files"], default="sqs")
    return parser.parse_args(arguments)


def _feeder(kind: str, folder: Path) -> Feeder:
    return QueueFeeder() if kind == "sqs" else FilesFeeder(folder / "trail")


def _product(folder: Path, hands: StandInThread, feeder: Feeder, load: Load) -> Product:
    product = Product(
        folder,
        hands,
        feeds=[feeder.settings(load.staff.accounts)],
        log={"partitions": 8},
        timing=TIMING,
        limits=NO_CEILINGS,
    )
    (folder / "people.yaml").write_text(load.staff.people_yaml())
    return product


def _result(
    options: argparse.Namespace, journal: Journal, sent: audit.Sent, uses: list[Use], found: list[str]
) -> dict[str, Any]:
    latencies = audit.alert_latencies(journal, sent)
    cases = journal.last().values()
    return {
        "feed": options.feed,
        "seconds": options.seconds,
        "records_per_s": options.per_s,
        "records": sent.records,
        "distinct": len(sent.kinds),
        "sensitive": sum(kind != "quiet" for kind in sent.kinds.values()),
        "questions": sum(case.prompt is not None for case in cases),
        "pages": sum(case.page is not None for case in cases),
        "figures": [one._asdict() for one in _figures(latencies, uses)],
        "latency_ms": {name: audit.spread(values) for name, values in latencies.items()},
        "child_mb": {
            "first": uses[0].child_mb if uses else None,
            "last": uses[-1].child_mb if uses else None,
            "max": max((use.child_mb for use in uses), default=None),
        },
        "supervisor_mb": max((use.supervisor_mb for use in uses), default=None),
        "cpu_s": round(uses[-1].cpu_s - uses[0].cpu_s, 1) if uses else None,
        "uses": [list(use) for use in uses],
        "findings": found,
    }


def _figures(latencies: dict[str, list[int]], uses: list[Use]) -> list[Figure]:
    words = {"received_to_page": "alert, received to page", "delivered_to_page": "alert, handed over to page"}
    found = [one for name, values in latencies.items() for one in spread(words[name], values, "ms")]
    most_mb = max((use.child_mb for use in uses), default=0.0)
    return [*found, Figure("most memory of the child", most_mb, "MB", Better.LESS)]


def _markdown(result: dict[str, Any]) -> list[str]:
    received, delivered = (result["latency_ms"][name] for name in ("received_to_page", "delivered_to_page"))
    rows = [
        ("load", f"{result['records_per_s']} records/s for {result['seconds']} s through {result['feed']}"),
        ("records, distinct, sensitive", f"{result['records']}, {result['distinct']}, {result['sensitive']}"),
        ("questions, all answered Yes and approved", result["questions"]),
        ("pages", result["pages"]),
        ("alert: received to page, p50 / p99 / max", _ms(received)),
        ("alert: handed to the feed to page, p50 / p99 / max", _ms(delivered)),
        (
            "child's resident memory, first / last / max",
            " / ".join(f"{mb} MB" for mb in result["child_mb"].values()),
        ),
        ("supervisor's resident memory", f"{result['supervisor_mb']} MB"),
        ("CPU of both", f"{result['cpu_s']} s"),
        ("lost, doubled or ended wrongly", len(result["findings"])),
    ]
    return ["# One minute on the embedded log", "", *results.table(rows), *_listed(result["findings"])]


def _ms(spread: dict[str, int]) -> str:
    return f"{spread['p50']} / {spread['p99']} / {spread['max']} ms ({spread['n']} alerts)" if spread else "none"


def _listed(found: list[str]) -> list[str]:
    return ["", "Findings:", "", *(f"- {one}" for one in found[:50])] if found else []


if __name__ == "__main__":
    sys.exit(main())
