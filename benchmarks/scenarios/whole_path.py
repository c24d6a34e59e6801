"""Whole path: arrival to page and arrival to question on a real Kafka, at half the rate that the path can take.

    countersign bench run whole_path [--records 60000] [--seconds 60] [--per-s RATE] [--feed sqs|files]

First the feed is filled and drained as fast as it goes: the top rate. Then bridge, worker and gateway, on one core
together, get half of that (or --per-s) at a steady pace, while 50 people answer. Broker, queue, stand-ins and
people share the other core. A question is late by what it takes beyond the time that its group is given.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.load.crowd import Crowd
from benchmarks.load.feeders import Feeder, FilesFeeder, QueueFeeder
from benchmarks.load.profiles import PEOPLE
from benchmarks.load.records import Load
from benchmarks.report import results
from benchmarks.report.figures import Better, Figure, spread
from benchmarks.run import audit
from benchmarks.run.cores import MEASURED, OTHERS, on
from benchmarks.run.embedded_run import FILE_RECORDS, measure_fed
from benchmarks.run.meter import Meter
from benchmarks.run.options import COUNT, at_least, command_line
from benchmarks.run.play import living, play, settle
from benchmarks.run.timed import Timed
from benchmarks.run.triage_run import world
from streams.clock import wall_clock
from streams.log.opening import open_log_reader
from streams.records.case import CaseKind
from tests.support.cluster import Cluster
from tests.support.journal import Journal, read_journal
from tests.support.kafka import KafkaServer

NAME = "whole_path"
SEED = 20260105
MIX = replace(PEOPLE, notify=0.01, alert=0.002)
LATE_BAR_MS = 1_000
MOST_LATE_S = 1.0
GROUP_WAIT_S = 5
READY_S = 60.0
ROLES = ("worker", "gateway", "bridge")
SETTINGS: dict[str, Any] = {
    "run": {"mode": "enforce"},
    "limits": {"prompts_per_person_hour": 1_000_000, "pages_per_account_hour": 1_000_000},
    "timing": {
        "group_wait_s": GROUP_WAIT_S,
        "group_interval_s": GROUP_WAIT_S,  # so that when a question is due is plain
        "prompt_timeout_s": 60,
        "reminder_after_s": 45,
        "push_timeout_s": 30,
        "delivery_timeout_s": 30,
        "grant_wait_s": 1,
    },
}


class Played(NamedTuple):
    """The steady part: what the log and the stand-ins tell of it, and what each role used."""

    journal: Journal
    sent: audit.Sent
    findings: list[str]
    cpu_s: dict[str, float]
    peak_mb: dict[str, float]


def main(arguments: Sequence[str] | None = None) -> int:
    """Find the top rate, play half of it, write the results; the exit code."""
    options = _options(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="countersign-bench-")))
        stack.enter_context(on(OTHERS))
        kafka = stack.enter_context(KafkaServer(folder / "kafka"))
        top = None if options.per_s else _top(folder / "top", kafka, options)
        per_s = options.per_s or round(top.per_s / 2) if top is not None else options.per_s
        kafka.wipe()
        played = _played(folder / "played", kafka, options, per_s)
    return results.conclude(f"{NAME}_{options.feed}", _outcome(options, top, per_s, played), options.results)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command_line(NAME, __doc__)
    parser.add_argument("--records", type=COUNT, default=60_000, help="for the top rate")
    parser.add_argument("--seconds", type=COUNT, default=60)
    parser.add_argument("--per-s", type=at_least(0), default=0, help="instead of half the top rate")
    parser.add_argument("--feed", choices=["sqs", "files"], default="sqs")
    return parser.parse_args(arguments)


@contextmanager
def _fed(
    folder: Path, kafka: KafkaServer, load: Load, feed: str, **settings: Any
) -> Iterator[tuple[Cluster, Feeder]]:
    """A cluster with its feed; nothing of it runs yet."""
    feeder: Feeder = QueueFeeder() if feed == "sqs" else FilesFeeder(folder / "trail")
    with feeder, world(folder, kafka, load, feeds=[feeder.settings(load.staff.accounts)], **settings) as cluster:
        yield cluster, feeder


def _top(folder: Path, kafka: KafkaServer, options: argparse.Namespace) -> Timed:
    """The rate at which bridge and worker drain a feed that holds everything beforehand; they only observe."""
    load = Load(SEED, MIX)
    arrivals = list(load.arrivals(options.records, start_ms=wall_clock(), per_s=options.records / 60))
    with _fed(folder, kafka, load, options.feed) as (cluster, feeder):
        for start in range(0, len(arrivals), FILE_RECORDS):
            feeder.deliver(arrivals[start : start + FILE_RECORDS])
        return measure_fed(cluster, arrivals, feeder.environ)


def _played(folder: Path, kafka: KafkaServer, options: argparse.Namespace, per_s: float) -> Played:
    load = Load(SEED + 1, MIX)
    with _fed(folder, kafka, load, options.feed, **SETTINGS) as (cluster, feeder), ExitStack() as stack:
        crowd = Crowd(cluster.standins, load.staff.people, SEED)
        stack.enter_context(living(cluster.hands, crowd))
        with on(MEASURED):
            cluster.start_roles(*ROLES, wait_s=READY_S, **feeder.environ)  # type: ignore[arg-type]  # as Product
        meters = {role.name: stack.enter_context(Meter(role.process.pid, 0.2)) for role in cluster.roles}
        sent, late_s = play(feeder, load, options.seconds, per_s)
        settle(cluster, sent)
        codes = [role.stop() for role in cluster.running()]
        with open_log_reader(cluster.log_settings) as log:
            exchanges = [one for service in cluster.standins.all for one in service.requests]
            journal = read_journal(log, exchanges)
            found = audit.findings(journal, sent, audit.intake_counts(log))
    found += [f"a role left with {code}" for code in codes if code]
    found += [f"the load fell {late_s} s behind: this measures nothing"] if late_s > MOST_LATE_S else []
    used = {name: meter.looks[-1].cpu_s - meter.looks[0].cpu_s for name, meter in meters.items()}
    return Played(journal, sent, found, used, {name: meter.peak_mb() for name, meter in meters.items()})


def _outcome(options: argparse.Namespace, top: Timed | None, per_s: float, played: Played) -> results.Outcome:
    latencies = audit.alert_latencies(played.journal, played.sent)
    figures = [Figure("top rate", round(top.per_s), "records/s", Better.MORE)] if top is not None else []
    figures.append(Figure("rate while latency was measured", per_s, "records/s", Better.MORE))
    figures += spread("alert, arrival to page", latencies["delivered_to_page"], "ms", bar_p99=LATE_BAR_MS)
    figures += spread("alert, received by the bridge to page", latencies["received_to_page"], "ms")
    figures += spread("question, late", _questions_late(played.journal), "ms")
    for role, used_s in played.cpu_s.items():
        figures.append(
            Figure(f"{role}: CPU", round(used_s / played.sent.records * 1e6, 1), "us a record", Better.LESS)
        )
        figures.append(Figure(f"{role}: most memory", played.peak_mb[role], "MB", Better.LESS))
    return results.Outcome(
        title=f"The whole path on Kafka, fed by {options.feed}, for {options.seconds} s",
        figures=figures,
        findings=[*(top.findings if top is not None else ()), *played.findings],
        lines=[f"{played.sent.records:,} records, {len(latencies['delivered_to_page'])} of them alerts."],
        details={"top": top.told() if top is not None else None},
    )


def _questions_late(journal: Journal) -> list[int]:
    """By how many milliseconds each question reached Slack after its group's time was over."""
    posted = {
        str(audit.metadata(one.sent)["event_payload"]["case_id"]): one.at_ms
        for one in reversed(journal.exchanges)
        if one.route == "chat.postMessage" and one.done and one.sent.get("metadata")
    }
    cases = [case for case in journal.last().values() if case.kind is CaseKind.QUESTION and case.case_id in posted]
    return [posted[case.case_id] - case.opened_ms - GROUP_WAIT_S * 1_000 for case in cases]


if __name__ == "__main__":
    sys.exit(main())
