"""Triage run: workers alone on a log that was filled beforehand, timed by the log and counted from it."""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from agents.policy import load_policy
from agents.standins.thread import StandInThread
from benchmarks.load.filling import PIECE_OF_FRAMES, fill
from benchmarks.load.frames import framed, hits
from benchmarks.load.records import Arrival, Load
from benchmarks.run import progress
from benchmarks.run.audit import audited
from benchmarks.run.backlog import Alive, behind, ends, until_done
from benchmarks.run.cores import MEASURED, on
from benchmarks.run.meter import Meter
from benchmarks.run.spy import spying
from benchmarks.run.timed import Timed, timed
from streams.clock import wall_clock
from streams.log.opening import open_log_reader
from streams.log.reader import OpenLog
from streams.settings.load import survey
from streams.topics import Topic
from tests.support.cluster import Cluster, RoleProcess
from tests.support.kafka import KafkaServer
from tests.support.product import Product

READY_S = 120.0
SHARED_S = 3.0
"""How long partitions may still change hands after the last worker is ready."""


@contextmanager
def world(folder: Path, kafka: KafkaServer, load: Load, **settings: Any) -> Iterator[Cluster]:
    """A cluster with the people and accounts of the load; nothing of it runs yet. It observes unless told."""
    folder.mkdir(exist_ok=True)
    with StandInThread(folder) as hands, ExitStack() as stack:
        cluster = Cluster(folder, hands, kafka, {}, **({"run": {"mode": "observe"}} | settings))
        stack.callback(cluster.close)
        (folder / "people.yaml").write_text(load.staff.people_yaml())
        yield cluster


def version_of(product: Product) -> str:
    """The rules and people of its configuration, as its bridge would name them."""
    return load_policy(survey(product.config, os.environ).settings).policy.version


def measure(
    cluster: Cluster,
    arrivals: Sequence[Arrival],
    *,
    workers: int = 1,
    cores: frozenset[int] = MEASURED,
    fill_first: bool = True,
    spy: Path | None = None,
) -> Timed:
    """Let workers decide about all of it, end them, and read back what they did.

    Without `fill_first` the log is filled once all of them share the partitions: else the first one would begin
    alone. With `spy` the first worker's stacks are sampled into that file meanwhile, which costs time of its own.
    """
    log = cluster.log_settings
    frames = framed(arrivals, log.partitions, version_of(cluster), wall_clock())
    if fill_first:
        asyncio.run(fill(log, frames.sends, PIECE_OF_FRAMES))
    with ExitStack() as stack, open_log_reader(log) as reader:
        roles = _started(cluster, workers, cores)
        if spy is not None:
            stack.enter_context(spying(roles[0].process.pid, spy))
        meters = [stack.enter_context(Meter(role.process.pid)) for role in roles]
        if not fill_first:
            cluster.until(lambda: all(role.is_ready() for role in roles), READY_S, "not every worker is ready")
            time.sleep(SHARED_S)
            asyncio.run(fill(log, frames.sends, PIECE_OF_FRAMES))
        committed_ms = decided_ms(reader, lambda: _last_words(cluster))
        codes = [role.stop() for role in roles]
        stack.close()
        found = progress.decided(reader, frames)
    told = _findings(found, arrivals, codes, cluster)
    return timed(found, meters, committed_ms, told, len(frames.sends))


def decided_ms(reader: OpenLog, alive: Alive) -> int:
    """When all calls that lie on the log now were committed; waits for all commands that came of them, too."""
    calls = ends(reader, Topic.CALLS)
    committed_ms = until_done(lambda: behind(reader, Topic.CALLS, calls), alive)
    commands = ends(reader, Topic.COMMANDS)
    until_done(lambda: behind(reader, Topic.COMMANDS, commands), alive)
    return committed_ms


def _started(cluster: Cluster, workers: int, cores: frozenset[int]) -> list[RoleProcess]:
    with on(cores):
        roles = [RoleProcess("worker", cluster.folder, cluster.config, {}) for _ in range(workers)]
    cluster.roles += roles
    return roles


def _findings(
    found: progress.Decided, arrivals: Sequence[Arrival], codes: Sequence[int], cluster: Cluster
) -> list[str]:
    told = progress.wrong(found.verdicts, hits(arrivals))
    told += [f"a worker left with {code}" for code in codes if code]
    return told + audited(cluster.config)


def _last_words(cluster: Cluster) -> str | None:
    gone = [role for role in cluster.roles if role.process.poll() is not None]
    return gone[0].tail() if gone else None
