"""Embedded minute: `countersign run` on the embedded log under a steady load, with everybody answering.

    countersign bench run embedded_minute [--seconds 60] [--per-s 200] [--feed sqs|files]

A run that lost or doubled a record, or whose questions and alerts ended otherwise than they must, fails: exit 1.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from agents.standins.thread import StandInThread
from benchmarks import audit, results
from benchmarks.crowd import Crowd
from benchmarks.feeders import Feeder, FilesFeeder, QueueFeeder
from benchmarks.figures import Better, Figure, spread
from benchmarks.load import Load
from benchmarks.processes import Use, Watch
from streams.clock import wall_clock
from streams.embedded.reader import LogReader
from streams.records.case import ENDS
from tests.support.journal import Journal, read_journal
from tests.support.product import Product

NAME = "embedded_minute"
TICK_S = 0.1
LEAD_S = 2.0
MOST_LATE_S = 1.0
QUIET_S = 90.0
LOOK_S = 3.0
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
        stack.enter_context(_alive(hands, crowd))
        stack.callback(product.close)
        product.start(**feeder.environ)  # type: ignore[arg-type]  # mypy: a mapping may hold wait_s
        assert product.process is not None
        with Watch(product.process.pid) as watch:
            sent, late_s = _play(feeder, load, options)
            settled_s = _settle(product, sent)
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
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--per-s", type=int, default=200)
    parser.add_argument("--feed", choices=["sqs", "files"], default="sqs")
    parser.add_argument("--results", type=Path, default=results.FOLDER)
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


@contextlib.contextmanager
def _alive(hands: StandInThread, crowd: Crowd) -> Iterator[None]:
    async def begin() -> "asyncio.Task[None]":
        return asyncio.create_task(crowd.live())

    async def end(task: "asyncio.Task[None]") -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    living = hands.run(begin())
    try:
        yield
    finally:
        hands.run(end(living))


def _play(feeder: Feeder, load: Load, options: argparse.Namespace) -> tuple[audit.Sent, float]:
    """Deliver everything at its time; returns what was sent, and by how much the sending ever fell behind."""
    start_s = time.time() + LEAD_S
    number = options.seconds * options.per_s
    arrivals = list(load.arrivals(number, start_ms=int(start_s * 1000), per_s=options.per_s))
    marks = [audit.mark(one) for one in arrivals]
    sent = audit.Sent({one: arrival.kind for one, arrival in zip(marks, arrivals, strict=True)}, {}, number)
    late_s = 0.0
    for tick, pairs in groupby(zip(marks, arrivals, strict=True), key=lambda pair: int(pair[1].at_s / TICK_S)):
        batch = list(pairs)
        pause_s = start_s + (tick + 1) * TICK_S - time.time()
        late_s = max(late_s, -pause_s)
        time.sleep(max(0.0, pause_s))
        now_ms = wall_clock()
        for one, _ in batch:
            sent.delivered_ms.setdefault(one, now_ms)
        feeder.deliver([arrival for _, arrival in batch])
    return sent, round(late_s, 2)


def _settle(product: Product, sent: audit.Sent) -> float:
    """Wait until every sensitive call is in a case that has ended, at most 90 s; returns how long it took."""
    began = time.monotonic()
    wanted = sum(kind != "quiet" for kind in sent.kinds.values())
    while time.monotonic() < began + QUIET_S:
        cases = product.cases().values()
        held = sum(len(case.fingerprints) // 32 for case in cases)
        if held >= wanted and all(case.state in ENDS and not case.outbox for case in cases):
            break
        time.sleep(LOOK_S)
    return round(time.monotonic() - began, 1)


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
