"""Triage run: workers alone on a log that was filled beforehand, timed by the log and counted from it."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from agents.policy import load_policy
from agents.standins.thread import StandInThread
from benchmarks import progress
from benchmarks.cores import MEASURED, on
from benchmarks.filling import PIECE_OF_FRAMES, fill
from benchmarks.frames import framed, hits
from benchmarks.load import Arrival, Load
from benchmarks.meter import Meter
from benchmarks.spy import spying
from streams.clock import wall_clock
from streams.log.opening import open_log_reader
from streams.log.reader import OpenLog
from streams.settings.load import survey
from streams.topics import APP_ID, Topic
from tests.support.cluster import Cluster, RoleProcess
from tests.support.kafka import KafkaServer

LONGEST_S = 900.0
LOOK_S = 0.1
AUDIT_S = 1_800.0


class Timed(NamedTuple):
    """One run: what was decided how fast, the CPU of each worker meanwhile, and what is wrong with it.

    `committed_s` is how long after the last verdict the group had committed everything; `cases_s` the same of the
    commands that follow from them.
    """

    records: int
    frames: int
    wall_s: float
    cpu_s: list[float]
    peak_mb: list[float]
    committed_s: float
    cases_s: float
    verdicts: int
    findings: list[str]
    steps: list[progress.Step]

    @property
    def per_s(self) -> float:
        """Records a second."""
        return self.records / self.wall_s if self.wall_s else 0.0

    @property
    def cpu_us(self) -> float:
        """Microseconds of all workers' CPU a record."""
        return sum(self.cpu_s) / self.records * 1e6 if self.records else 0.0

    def told(self) -> dict[str, Any]:
        """For the JSON."""
        steps = [(step.at_ms - self.steps[0].at_ms, step.records) for step in self.steps]
        thin = steps[:: max(1, len(steps) // 100)]
        return self._asdict() | {"per_s": round(self.per_s), "cpu_us": round(self.cpu_us, 2), "steps": thin}


@contextmanager
def world(folder: Path, kafka: KafkaServer, load: Load) -> Iterator[Cluster]:
    """A cluster whose people and accounts are those of the load; nothing of it runs yet. It observes."""
    folder.mkdir()
    with StandInThread(folder) as hands, ExitStack() as stack:
        cluster = Cluster(folder, hands, kafka, {}, run={"mode": "observe"})
        stack.callback(cluster.close)
        (folder / "people.yaml").write_text(load.staff.people_yaml())
        yield cluster


def version_of(cluster: Cluster) -> str:
    """The rules and people of a cluster, as its bridge would name them."""
    return load_policy(survey(cluster.config, os.environ).settings).policy.version


def measure(
    cluster: Cluster,
    arrivals: Sequence[Arrival],
    *,
    workers: int = 1,
    cores: frozenset[int] = MEASURED,
    spy: Path | None = None,
) -> Timed:
    """Fill the log, let the workers decide about all of it, end them, and read back what they did.

    With `spy` the first worker's stacks are sampled into that file meanwhile, which costs time of its own.
    """
    log = cluster.log_settings
    frames = framed(arrivals, log.partitions, version_of(cluster), wall_clock())
    asyncio.run(fill(log, frames.sends, PIECE_OF_FRAMES))
    with ExitStack() as stack, open_log_reader(log) as reader:
        ends = Counter({one: reader.end_offset(Topic.CALLS, one) for one in range(log.partitions)})
        with on(cores):
            roles = [RoleProcess("worker", cluster.folder, cluster.config, {}) for _ in range(workers)]
        cluster.roles += roles
        if spy is not None:
            stack.enter_context(spying(roles[0].process.pid, spy))
        meters = [stack.enter_context(Meter(role.process.pid)) for role in roles]
        committed_ms = _wait(cluster, lambda: _behind(reader, Topic.CALLS, ends))
        cases_ms = _wait(cluster, lambda: _behind(reader, Topic.COMMANDS, _ends(reader, Topic.COMMANDS)))
        codes = [role.stop() for role in roles]
        stack.close()
        found = progress.decided(reader, frames)
    told = _findings(found, arrivals, codes, cluster)
    return _timed(found, len(frames.sends), meters, (committed_ms, cases_ms), told)


def _timed(
    found: progress.Decided, frames: int, meters: Sequence[Meter], ends_ms: tuple[int, int], findings: list[str]
) -> Timed:
    records, wall_s = found.rate()
    begin_ms, end_ms = found.steps[0].at_ms, found.steps[-1].at_ms
    return Timed(
        records,
        frames,
        wall_s,
        [round(meter.cpu_between(begin_ms, end_ms), 3) for meter in meters],
        [meter.peak_mb() for meter in meters],
        *((one - end_ms) / 1_000 for one in ends_ms),
        found.verdicts.total(),
        findings,
        found.steps,
    )


def _findings(
    found: progress.Decided, arrivals: Sequence[Arrival], codes: Sequence[int], cluster: Cluster
) -> list[str]:
    told = progress.wrong(found.verdicts, hits(arrivals))
    told += [f"a worker left with {code}" for code in codes if code]
    return told + audited(cluster.config)


def audited(config: Path) -> list[str]:
    """What `countersign audit`, a process of its own, finds on the log that the benchmark leaves."""
    command = [sys.executable, "-m", "agents.cli.main", "audit", "--config", str(config), "-o", "json"]
    done = subprocess.run(command, cwd=config.parent, capture_output=True, text=True, timeout=AUDIT_S, check=False)
    if done.returncode not in {0, 1}:
        return [f"the audit ended with {done.returncode}: {done.stderr[-300:]}"]
    return [f"{row['invariant']}: {row['finding']}" for row in json.loads(done.stdout) if "finding" in row]


def _wait(cluster: Cluster, behind: Any) -> int:
    """Until nothing is behind; when that was."""
    end_s = time.monotonic() + LONGEST_S
    while behind():
        gone = [role for role in cluster.roles if role.process.poll() is not None]
        assert not gone, f"a worker ended:\n{gone[0].tail()}"
        assert time.monotonic() < end_s, f"{behind()} messages were not handled within {LONGEST_S:.0f} s"
        time.sleep(LOOK_S)
    return wall_clock()


def _ends(reader: OpenLog, topic: str) -> Counter[int]:
    return Counter({one: reader.end_offset(topic, one) for one in range(reader.partitions(topic))})


def _behind(reader: OpenLog, topic: str, ends: Counter[int]) -> int:
    """How many messages the group has yet to commit."""
    return sum(max(0, end - reader.committed(APP_ID, topic, one)) for one, end in ends.items() if end)
