"""Recovery: how long a worker takes after kill -9 to have its open cases again, beside reading them raw.

    countersign bench run recovery [--cases 1000000] [--rounds 3]

A real Kafka, `countersign worker` as a real process, and a changelog full of questions that wait: once as the
product writes it, a record for each transition, and once as compaction leaves it an hour later, a record for each
case. The raw reading is aiokafka alone, over the same partitions of the same topic, its records thrown away. Exit
1 where the first takes twice as long as its raw reading or longer, or a life has another number of cases.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.standins.thread import StandInThread
from benchmarks.load.filling import fill
from benchmarks.load.open_cases import open_cases
from benchmarks.report import results
from benchmarks.report.figures import Better, Figure
from benchmarks.run.options import COUNT, command_line
from benchmarks.run.processes import MB, cpu_s, rss_mb
from streams.clock import wall_clock
from streams.topics import changelog
from tests.support.cluster import Cluster, RoleProcess
from tests.support.kafka import KafkaServer

NAME = "recovery"
WRITTEN, COMPACTED = "as it was written", "as compaction leaves it"
TOPIC = changelog("cases")
BAR = 2.0
TIMEOUT_MS = 6 * 3_600_000
READY_S = 300.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure both changelogs, write the results; the exit code."""
    options = _options(arguments)
    shapes = {shape: _measured(options, compacted=shape == COMPACTED) for shape in (WRITTEN, COMPACTED)}
    ratios = [
        Figure(f"recovery against reading raw, {shape}", one["ratio"], "times", Better.LESS, bar)
        for (shape, one), bar in zip(shapes.items(), (BAR, None), strict=True)
    ]
    memory = [
        Figure(f"resident memory a case, {shape}", round(_case_bytes(one, options.cases)), "bytes", Better.LESS)
        for shape, one in shapes.items()
    ]
    outcome = results.Outcome(
        title=f"{options.cases:,} open cases after kill -9",
        figures=ratios + memory,
        findings=[f"{shape}: {what}" for shape, result in shapes.items() for what in result["wrong"]],
        lines=_markdown(shapes),
        details={"cases": options.cases, "shapes": shapes},
    )
    return results.conclude(NAME, outcome, options.results)


def _measured(options: argparse.Namespace, *, compacted: bool) -> dict[str, Any]:
    """Fill a cluster of its own, read raw, kill and recover."""
    with tempfile.TemporaryDirectory(prefix="countersign-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        kafka = stack.enter_context(KafkaServer(folder / "kafka"))
        hands = stack.enter_context(StandInThread(folder))
        (folder / "world").mkdir()
        cluster = Cluster(folder / "world", hands, kafka, {})
        stack.callback(cluster.close)
        log = cluster.log_settings
        cases = open_cases(options.cases, log.partitions, wall_clock(), TIMEOUT_MS, compacted=compacted)
        records, size = asyncio.run(fill(log, cases))
        raw_s = [asyncio.run(_read_raw(kafka.hosts, log.partitions)) for _ in range(options.rounds)]
        lives = [*_lives(cluster, options.rounds)]
    return {
        "records": records,
        "record_bytes": round(size / records),
        "raw_s": [round(one, 2) for one in raw_s],
        "lives": lives,
        "ratio": round(median(one["took_s"] for one in lives) / median(raw_s), 2),
        "wrong": [f"a life had {one['entries']} cases" for one in lives if one["entries"] != options.cases],
    }


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command_line(NAME, __doc__)
    parser.add_argument("--cases", type=COUNT, default=1_000_000)
    parser.add_argument("--rounds", type=COUNT, default=3)
    return parser.parse_args(arguments)


def _case_bytes(shape: dict[str, Any], cases: int) -> float:
    """All of the worker's memory over the number of its cases."""
    return float(median(one["resident_mb"] for one in shape["lives"]) * MB / cases)


async def _read_raw(hosts: list[str], partitions: int) -> float:
    """Seconds to read the changelog from its beginning to its end, from the first request on."""
    consumer = AIOKafkaConsumer(bootstrap_servers=hosts, enable_auto_commit=False)
    await consumer.start()
    try:
        began_s = time.perf_counter()
        assigned = [TopicPartition(TOPIC, number) for number in range(partitions)]
        ends = await consumer.end_offsets(assigned)
        consumer.assign(assigned)
        await consumer.seek_to_beginning(*assigned)
        while any([await consumer.position(one) < end for one, end in ends.items()]):
            await consumer.getmany(timeout_ms=1_000)
        return time.perf_counter() - began_s
    finally:
        await consumer.stop()


def _lives(cluster: Cluster, rounds: int) -> Iterator[dict[str, Any]]:
    """What each life of a worker that follows a killed one tells of its recovery."""
    cluster.start_roles("worker", wait_s=READY_S)
    for _ in range(rounds):
        (worker,) = cluster.running("worker")
        worker.kill()
        began_s = time.monotonic()
        cluster.start_roles("worker", wait_s=READY_S)
        (worker,) = cluster.running("worker")
        yield {
            **_recovered(cluster, worker),
            "start_to_ready_s": round(time.monotonic() - began_s, 1),
            "cpu_s": round(cpu_s(worker.process.pid), 1),
            "resident_mb": rss_mb(worker.process.pid),
        }


def _recovered(cluster: Cluster, worker: RoleProcess) -> dict[str, Any]:
    def told() -> list[dict[str, Any]]:
        lines = worker.output.read_text(errors="replace").splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{") and '"table_recovered"' in line]
        return [one for one in found if one["table"] == "cases"]

    (one,) = cluster.until(told, 10.0, "the worker did not tell of its recovery")
    return {"entries": one["entries"], "took_s": one["took_s"]}


def _markdown(shapes: dict[str, Any]) -> list[str]:
    head = ["| | " + " | ".join(shapes) + " |"]
    rows = (
        ("records of the changelog, bytes each", lambda one: f"{one['records']:,}, {one['record_bytes']:,}"),
        ("read raw (aiokafka alone), s", lambda one: _listed(one["raw_s"])),
        ("recovered (read, claimed, decoded, indexed), s", lambda one: _of_lives(one, "took_s")),
        ("ratio of the medians (bar: under 2 as it was written)", lambda one: str(one["ratio"])),
        (
            "next process, start to ready, the dead one's session included, s",
            lambda one: _of_lives(one, "start_to_ready_s"),
        ),
        ("resident memory of the worker, MB", lambda one: _of_lives(one, "resident_mb")),
    )
    body = [f"| {name} | " + " | ".join(cell(one) for one in shapes.values()) + " |" for name, cell in rows]
    return [*head, "|---|" + "---|" * len(shapes), *body]


def _of_lives(shape: dict[str, Any], what: str) -> str:
    return _listed([one[what] for one in shape["lives"]])


def _listed(values: list[float]) -> str:
    return " / ".join(str(one) for one in values)


if __name__ == "__main__":
    sys.exit(main())
