"""Soak: a worker under a steady load for ten minutes; whether its memory grows, told with the error of that.

    countersign bench run soak [--seconds 600] [--per-s 4000] [--warm-s 120] [--results FOLDER]

The same calls come round after round under new offsets: the first round leaves its state, and what comes again is
known. So the tables stay as they are, and memory that grows is lost memory. What a new call costs in memory is
another question, which the scenario of the deadlines answers.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.load.frames import Framed, framed, hits
from benchmarks.load.profiles import PEOPLE, triage_mix
from benchmarks.load.records import Arrival, Load
from benchmarks.report import results, svg
from benchmarks.report.figures import Better, Figure
from benchmarks.report.slope import Slope, slope
from benchmarks.run import progress
from benchmarks.run.backlog import behind, ends
from benchmarks.run.cores import MEASURED, OTHERS, on
from benchmarks.run.meter import Look, Meter
from benchmarks.run.options import COUNT, at_least, command_line
from benchmarks.run.triage_run import decided_ms, version_of, world
from streams.clock import wall_clock
from streams.kafka.access import KafkaAccess
from streams.kafka.appender import KafkaAppender
from streams.log.opening import open_log_reader
from streams.log.reader import OpenLog
from streams.settings.model import LogSettings
from streams.topics import Topic
from tests.support.kafka import KafkaServer

NAME = "soak"
SEED = 20260105
ROUND_S = 20
READY_S = 60.0
MOST_BEHIND = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, fit the slope, write the results; the exit code."""
    options = _options(arguments)
    load = Load(SEED, triage_mix(PEOPLE))
    number = ROUND_S * options.per_s
    arrivals = list(load.arrivals(number, start_ms=wall_clock(), per_s=options.per_s))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="countersign-bench-")))
        stack.enter_context(on(OTHERS))
        kafka = stack.enter_context(KafkaServer(folder / "kafka"))
        cluster = stack.enter_context(world(folder / "world", kafka, load))
        with on(MEASURED):
            cluster.start_roles("worker", wait_s=READY_S)
        (worker,) = cluster.running("worker")
        frames = framed(arrivals, cluster.log_settings.partitions, version_of(cluster), wall_clock())
        reader = stack.enter_context(open_log_reader(cluster.log_settings))
        with Meter(worker.process.pid, every_s=1.0) as meter:
            most_behind = asyncio.run(_play(cluster.log_settings, frames, reader, options))
            decided_ms(reader, lambda: None if worker.process.poll() is None else worker.tail())
        code = worker.stop()
        found = progress.decided(reader, frames)
    findings = progress.wrong(found.verdicts, hits(arrivals)) + ([f"it left with {code}"] if code else [])
    if most_behind > MOST_BEHIND:
        findings.append(f"the worker fell {most_behind} frames behind: this is no steady load")
    return results.conclude(NAME, _outcome(options, meter.looks, arrivals, findings), options.results)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command_line(NAME, __doc__)
    parser.add_argument("--seconds", type=COUNT, default=600)
    parser.add_argument("--per-s", type=COUNT, default=4_000)
    parser.add_argument("--warm-s", type=at_least(0), default=120)
    return parser.parse_args(arguments)


async def _play(log: LogSettings, frames: Framed, reader: OpenLog, options: argparse.Namespace) -> int:
    """Append the frames evenly, again and again; the most that the worker was ever behind."""
    appender = KafkaAppender(KafkaAccess(log), log.partitions)
    apart_s = ROUND_S / len(frames.sends)
    began = time.monotonic()
    count = most = 0
    try:
        while (at_s := count * apart_s) < options.seconds:
            await asyncio.sleep(max(0.0, began + at_s - time.monotonic()))
            await appender.append([frames.sends[count % len(frames.sends)]])
            count += 1
            if count % len(frames.sends) == 0:
                left = await asyncio.to_thread(lambda: behind(reader, Topic.CALLS, ends(reader, Topic.CALLS)))
                most = max(most, left)
    finally:
        await appender.close()
    return most


def _outcome(
    options: argparse.Namespace, looks: Sequence[Look], arrivals: Sequence[Arrival], findings: list[str]
) -> results.Outcome:
    points = [((look.at_ms - looks[0].at_ms) / 60_000, look.rss_mb) for look in looks]
    warm = [point for point in points if options.warm_s / 60 <= point[0] <= options.seconds / 60]
    grows = slope(warm)
    allowed = round(2 * grows.error, 4)  # what cannot be told from nothing
    used_s = looks[-1].cpu_s - looks[0].cpu_s
    figures = [
        Figure("memory grows after warm-up", round(grows.per_unit, 4), "MB a minute", Better.LESS, allowed),
        Figure("standard error of that", round(grows.error, 4), "MB a minute", Better.LESS),
        Figure("memory at the end", warm[-1][1], "MB", Better.LESS),
        Figure("CPU a record", round(used_s / (options.seconds * options.per_s) * 1e6, 2), "us", Better.LESS),
    ]
    return results.Outcome(
        title=f"Soak: {options.per_s:,} records/s for {options.seconds} s",
        figures=figures,
        findings=findings,
        lines=[_words(grows, len(arrivals))],
        details=_details(points),
        plots={"soak_memory": svg.lines("Resident memory of the worker", {"MB": points}, "minutes", "MB")},
    )


def _words(grows: Slope, number: int) -> str:
    word = "Flat" if grows.is_flat() else "It grows"
    return (
        f"{word}: {grows.per_unit:.3f} MB a minute, with a standard error of {grows.error:.3f}, by least squares"
        f" over twelve blocks after the warm-up. {number:,} calls in a round, the same in each."
    )


def _details(points: Sequence[tuple[float, float]]) -> dict[str, Any]:
    return {"memory": [(round(minute, 3), mb) for minute, mb in points]}


if __name__ == "__main__":
    sys.exit(main())
