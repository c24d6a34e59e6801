"""Triage: one worker on one core, calls to verdicts on a real Kafka, beside other engines on the same records.

    countersign bench run triage [--records 200000] [--rounds 3] [--profile people|services] [--only ours]

The topic is filled beforehand: 1.3 KB records, 5 % of which a rule fires on. Ours reads frames of a few hundred,
as our bridge writes them; the peers read a message a record, as their users would have them; raw aiokafka reads
both. Ours is timed from the first verdict on the log to the last, a peer from first record to last commit.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from benchmarks.load.profiles import PROFILES, triage_mix
from benchmarks.load.records import Load
from benchmarks.report import results, svg
from benchmarks.report.figures import Better, Figure
from benchmarks.run.beside import Beside, cpu_us, rate, run_peers
from benchmarks.run.cores import OTHERS, on
from benchmarks.run.options import COUNT, command_line
from benchmarks.run.peer import PEERS
from benchmarks.run.timed import Timed
from benchmarks.run.triage_run import measure, world
from tests.support.kafka import KafkaServer

T = TypeVar("T")

NAME = "triage"
SEED = 20260105
OURS = "Countersign"
BARS = {"Quix Streams": 2.0, "stock Faust, a table": 25.0, "aiokafka + msgspec, our frames": 0.6}
READ_THIS = """\
Peers decode each record, look up its source and name, send one in twenty on, and with state count by key. Ours
takes fingerprints, drops second copies, judges by the default rules and a directory of people, writes what it
decided into tables before it sends verdicts with the whole record, and goes on to open the cases, all of it on the
same core. Frames are its own advantage: all peers but the one named for them read a message a record.
"""


@dataclass(frozen=True, slots=True)
class Rounds:
    """What every round told: ours, and the peers by name."""

    ours: list[Timed] = field(default_factory=list)
    peers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)

    def take(self, timed: Timed, beside: Beside) -> None:
        """One more round."""
        self.ours.append(timed)
        for name, result in beside.results.items():
            self.peers.setdefault(name, []).append(result)
        self.missing.update(beside.missing)
        self.findings.extend([*timed.findings, *beside.findings])

    def of_each(
        self,
        of_ours: Callable[[Timed], float],
        of_peer: Callable[[dict[str, Any]], float],
        chosen: Callable[[Iterable[float]], T] = median,
    ) -> dict[str, T]:
        """Of ours, which comes first, and of each peer: the median of the rounds unless told else."""
        peers = {name: chosen(map(of_peer, told)) for name, told in self.peers.items()}
        return {OURS: chosen(map(of_ours, self.ours))} | peers


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure in rounds, ours and every peer in each; the exit code."""
    options = _options(arguments)
    load = Load(SEED, triage_mix(PROFILES[options.profile]))
    start_ms = int(time.time() * 1_000)
    arrivals = list(load.arrivals(options.records, start_ms=start_ms, per_s=options.records / 60))
    peers = PEERS if options.only == "all" else ()
    rounds = Rounds()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="countersign-bench-")))
        stack.enter_context(on(OTHERS))
        kafka = stack.enter_context(KafkaServer(folder / "kafka"))
        for number in range(options.rounds):
            kafka.wipe()
            with world(folder / f"round-{number}", kafka, load) as cluster:
                timed = measure(cluster, arrivals, spy=options.spy)
                rounds.take(timed, run_peers(cluster.log_settings, kafka.hosts, arrivals, timed.frames, peers))
    return results.conclude(_name(options), _outcome(rounds, options), options.results)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command_line(NAME, __doc__)
    parser.add_argument("--records", type=COUNT, default=200_000)
    parser.add_argument("--rounds", type=COUNT, default=3)
    parser.add_argument("--profile", choices=[*PROFILES], default="people")
    parser.add_argument("--only", choices=["ours", "all"], default="all")
    parser.add_argument("--spy", type=Path, help="a file for the worker's sampled stacks; needs make bench")
    return parser.parse_args(arguments)


def _name(options: argparse.Namespace) -> str:
    return NAME if options.profile == "people" else f"{NAME}_{options.profile}"


def _outcome(rounds: Rounds, options: argparse.Namespace) -> results.Outcome:
    rates = rounds.of_each(lambda one: one.per_s, rate)
    costs = rounds.of_each(lambda one: one.cpu_us, cpu_us)
    memory = rounds.of_each(lambda one: one.peak_mb[0], lambda told: float(told["peak_mb"]), max)
    figures = [Figure(f"{name}: rate", round(value), "records/s", Better.MORE) for name, value in rates.items()]
    through = median(one.through_per_s for one in rounds.ours)
    figures.insert(1, Figure(f"{OURS}: rate until the last case", round(through), "records/s", Better.MORE))
    figures += [
        Figure(f"{OURS} against {name}", round(rates[OURS] / rates[name], 2), "times", Better.MORE, bar)
        for name, bar in BARS.items()
        if name in rates
    ]
    figures += [Figure(f"{name}: CPU a record", round(one, 2), "us", Better.LESS) for name, one in costs.items()]
    figures += [Figure(f"{name}: most memory", round(one), "MB", Better.LESS) for name, one in memory.items()]
    versions = {
        package: number for told in rounds.peers.values() for package, number in told[0]["versions"].items()
    }
    return results.Outcome(
        title=f"Triage: {options.records:,} calls to verdicts on one core, profile {options.profile}",
        figures=figures,
        findings=rounds.findings,
        missing=rounds.missing,
        lines=[READ_THIS, f"Versions of the peers: {_listed(versions)}.", "", *_each_round(rounds), ""],
        details={
            "records": options.records,
            "ours": [one.told() for one in rounds.ours],
            "peers": rounds.peers,
            "peer_versions": versions,
        },
        plots={
            f"{_name(options)}_rate": svg.bars("Records a second on one core", _sorted(rates, -1), "/s"),
            f"{_name(options)}_cpu": svg.bars("CPU a record", _sorted(costs, 1), "us"),
        },
    )


def _sorted(values: dict[str, float], direction: int) -> list[tuple[str, float]]:
    """Ours, then the others from the best on."""
    others = [(name, value) for name, value in values.items() if name != OURS]
    return [(OURS, values[OURS]), *sorted(others, key=lambda row: direction * row[1])]


def _each_round(rounds: Rounds) -> list[str]:
    """The rates of each round, of which the table has the median, and when after the last verdict all was done."""
    told = rounds.of_each(lambda one: one.per_s, rate, lambda rates: " / ".join(f"{one:,.0f}" for one in rates))
    commits = " / ".join(f"{one.committed_s:.1f}" for one in rounds.ours)
    cases = " / ".join(f"{one.cases_s:.1f}" for one in rounds.ours)
    return [
        f"After the last verdict: frames committed {commits} s, the last call in its case {cases} s.",
        "",
        "| records/s | in each round |",
        "|---|---|",
        *(f"| {name} | {rates} |" for name, rates in told.items()),
    ]


def _listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{package} {number}" for package, number in sorted(versions.items())) or "none"


if __name__ == "__main__":
    sys.exit(main())
