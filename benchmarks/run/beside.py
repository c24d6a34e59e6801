"""Beside: every peer once, on the measured core, over the records of a run; each checked, or named if missing."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from benchmarks.load.filling import fill
from benchmarks.load.frames import hits, single
from benchmarks.load.records import Arrival
from benchmarks.run import outputs, peer
from benchmarks.run.cores import MEASURED, on
from benchmarks.run.topics import make_topics
from streams.log.opening import open_log_reader
from streams.settings.model import LogSettings
from streams.topics import Topic

SINGLE = "records"
"""The topic with a message a record."""


class Beside(NamedTuple):
    """What each peer told by name, why others told nothing, and what was wrong with those that did."""

    results: dict[str, dict[str, Any]]
    missing: dict[str, str]
    findings: list[str]


def run_peers(
    log: LogSettings, hosts: Sequence[str], arrivals: Sequence[Arrival], frames: int, peers: Sequence[peer.Peer]
) -> Beside:
    """One after the other; `frames` is how many of ours lie on `calls`."""
    if not peers:
        return Beside({}, {}, [])
    names = {each: f"peer-{number}" for number, each in enumerate(peers)}
    asyncio.run(make_topics(hosts, [SINGLE, *names.values()], log.partitions))
    asyncio.run(fill(log, single(arrivals, SINGLE, log.partitions)))
    wanted = hits(arrivals)
    beside = Beside({}, {}, [])
    with open_log_reader(log) as reader:
        for each, output in names.items():
            topic, messages = (Topic.CALLS, frames) if each.frames else (SINGLE, len(arrivals))
            with on(MEASURED):
                ran = peer.run(each, hosts=",".join(hosts), topic=topic, output=output, messages=messages)
            if ran.missing is not None:
                beside.missing[each.name] = ran.missing
                continue
            found = outputs.sent(reader, output) if each.sends else None
            beside.results[each.name] = ran.result
            beside.findings.extend(outputs.wrong(each.name, ran.result, found, wanted, len(arrivals)))
    return beside


def rate(result: Mapping[str, Any]) -> float:
    """Records a second."""
    return float(result["records"] / result["wall_s"])


def cpu_us(result: Mapping[str, Any]) -> float:
    """Microseconds of CPU a record."""
    return float(result["cpu_s"] / result["records"] * 1e6)
