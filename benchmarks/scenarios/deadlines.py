"""Deadlines: what so many questions that wait cost in memory, and how late the deadlines of some of them fire.

    countersign bench run deadlines [--cases 100000 1000000] [--due 1200] [--window-s 60]

A real Kafka and one `countersign worker` on one core. The questions lie on the changelog of the cases; so many of
them are due, evenly within the window, while all others wait on. Late is the append of the fact that the case left
for its page, against its deadline.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.load.filling import fill
from benchmarks.load.open_cases import open_cases
from benchmarks.load.records import Load
from benchmarks.report import results
from benchmarks.report.figures import Better, Figure, spread
from benchmarks.run.cores import MEASURED, OTHERS, on
from benchmarks.run.options import COUNT, command_line
from benchmarks.run.processes import MB, rss_mb
from benchmarks.run.triage_run import world
from streams.clock import wall_clock
from streams.log.opening import open_log_reader
from streams.records.case import Case
from streams.records.codec import from_entry, from_wire
from streams.records.fact import Fact, FactKind
from streams.shell.message import Send
from streams.topics import Topic
from tests.support.cluster import Cluster
from tests.support.kafka import KafkaServer

NAME = "deadlines"
FAR_MS = 6 * 3_600_000
READY_S = 900.0
LEAD_S, LEAD_PER_CASE_S = 20.0, 1.5e-4
AFTER_S = 10.0
CASE_BAR_BYTES, LATE_BAR_MS = 2_048, 2_000
PAGE = 500
NO_CEILINGS = {"prompts_per_person_hour": 1_000_000, "pages_per_account_hour": 1_000_000}


class Held(NamedTuple):
    """One size: memory, and by how many milliseconds each deadline fired late."""

    cases: int
    empty_mb: float
    full_mb: float
    late_ms: list[int]
    findings: list[str]

    @property
    def case_bytes(self) -> float:
        """What one more case takes of the worker's memory."""
        return (self.full_mb - self.empty_mb) * MB / self.cases


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every size, write the results; the exit code."""
    options = _options(arguments)
    sizes = [_held(cases, options) for cases in options.cases]
    largest = max(options.cases)
    figures = [figure for one in sizes for figure in _figures(one, is_judged=one.cases == largest)]
    outcome = results.Outcome(
        title="Open deadlines",
        figures=figures,
        findings=[finding for one in sizes for finding in one.findings],
        lines=[f"{options.due:,} of them were due within {options.window_s} s."],
        details={"sizes": [one._replace(late_ms=sorted(one.late_ms))._asdict() for one in sizes]},
    )
    return results.conclude(NAME, outcome, options.results)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command_line(NAME, __doc__)
    parser.add_argument("--cases", type=COUNT, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--due", type=COUNT, default=1_200)
    parser.add_argument("--window-s", type=COUNT, default=60)
    return parser.parse_args(arguments)


def _held(cases: int, options: argparse.Namespace) -> Held:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="countersign-bench-")))
        stack.enter_context(on(OTHERS))
        kafka = stack.enter_context(KafkaServer(folder / "kafka"))
        settings: dict[str, Any] = {"run": {"mode": "enforce"}, "limits": NO_CEILINGS}
        cluster = stack.enter_context(world(folder / "world", kafka, Load(1), **settings))
        empty_mb, _ = _worker(cluster)
        cluster.running("worker")[0].stop()
        log = cluster.log_settings
        far = open_cases(cases - options.due, log.partitions, wall_clock(), FAR_MS, compacted=True)
        asyncio.run(fill(log, far))
        soon = list(_due_soon(cases, options, log.partitions))
        asyncio.run(fill(log, soon))
        full_mb, ready_ms = _worker(cluster)
        wanted = {case.case_id: case.deadline_ms or 0 for case in map(_case, soon)}
        time.sleep(max(0.0, (max(wanted.values()) - wall_clock()) / 1_000 + AFTER_S))
        code = cluster.running("worker")[0].stop()
        fired = _fired(cluster)
    late_ms = [at_ms - wanted[case_id] for case_id, (at_ms, *_) in fired.items() if case_id in wanted]
    findings = _wrong(wanted, fired, ready_ms) + ([f"the worker left with {code}"] if code else [])
    return Held(cases, empty_mb, full_mb, late_ms, findings)


def _due_soon(cases: int, options: argparse.Namespace, partitions: int) -> Iterator[Send]:
    """The last so many cases, due one after the other once the worker has had time to recover them all."""
    lead_ms = round((LEAD_S + cases * LEAD_PER_CASE_S) * 1_000)
    apart_ms = options.window_s * 1_000 / options.due
    first = cases - options.due
    return open_cases(
        options.due, partitions, wall_clock(), lead_ms, compacted=True, first=first, apart_ms=apart_ms
    )


def _worker(cluster: Cluster) -> tuple[float, int]:
    """Start one on the measured core; its memory when it is ready, and when that was."""
    with on(MEASURED):
        cluster.start_roles("worker", wait_s=READY_S)
    time.sleep(2.0)
    return rss_mb(cluster.running("worker")[0].process.pid), wall_clock()


def _case(send: Send) -> Case:
    return from_entry(Case, send.value or b"")


def _fired(cluster: Cluster) -> dict[str, list[int]]:
    """By case, the append times of the facts that it left for its page."""
    found: dict[str, list[int]] = {}
    with open_log_reader(cluster.log_settings) as reader:
        for partition in range(reader.partitions(Topic.CASE_LOG)):
            offset = reader.begin_offset(Topic.CASE_LOG, partition)
            while page := reader.read(Topic.CASE_LOG, partition, offset, PAGE):
                for record in page:
                    fact = from_wire(Fact, record.value or b"")
                    if fact.kind is FactKind.ESCALATED:
                        found.setdefault(fact.case_id, []).append(record.timestamp_ms)
                offset = page[-1].offset + 1
    return found


def _wrong(wanted: dict[str, int], fired: dict[str, list[int]], ready_ms: int) -> list[str]:
    counts = Counter({case_id: len(times) for case_id, times in fired.items()})
    lost, early = wanted.keys() - fired.keys(), fired.keys() - wanted.keys()
    doubled = [case_id for case_id, number in counts.items() if number > 1]
    named = {"never fired": lost, "fired though not due": early, "fired twice": doubled}
    told = [f"{len(ones)} deadlines {how}" for how, ones in named.items() if ones]
    if ready_ms > min(wanted.values()):
        told.append("the worker was ready after the first deadline: its lateness is that of the recovery")
    return told


def _figures(one: Held, *, is_judged: bool) -> list[Figure]:
    """Memory is judged at the largest size alone: what does not grow with the cases is shared by few at others."""
    name, bar = f"{one.cases:,} open cases", CASE_BAR_BYTES if is_judged else None
    memory = Figure(f"{name}, memory a case", round(one.case_bytes), "bytes", Better.LESS, bar)
    return [memory, *spread(f"{name}, a deadline fires late", one.late_ms, "ms", bar_p99=LATE_BAR_MS)]


if __name__ == "__main__":
    sys.exit(main())
