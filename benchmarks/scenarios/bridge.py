"""Bridge: log files and SQS bodies to frames, against decoding the same bytes with msgspec and nothing else.

    countersign bench run bridge [--records 20000] [--rounds 5] [--results FOLDER]

The product's own bridge in one process on one core, its source and its log in memory, so that it is the work that
is measured; CPU time. Once with every call wanted, so that all of them are framed, and once by the default rules.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from functools import partial

from agents.decisions.judge import Policy
from agents.people.loader import read_people
from agents.rulebook.book import load_rules
from agents.sources import wanted_of
from benchmarks.load.bodies import SHAPES, Shape
from benchmarks.load.profiles import PEOPLE, triage_mix
from benchmarks.load.records import Arrival, Load
from benchmarks.report import results
from benchmarks.report.figures import Better, Figure
from benchmarks.run.cores import MEASURED, on
from benchmarks.run.options import COUNT, command_line
from benchmarks.run.timing import cpu_s
from streams.bridge.binding import Binding
from streams.bridge.bridge import Bridge
from streams.bridge.sifter import Filter, Wanted
from streams.clock import wall_clock
from streams.feeds.feed import Batch
from streams.records.call import CallFrame
from streams.records.call_frame import call_message
from streams.records.timing import Limits, Timing
from streams.shell.message import Send
from streams.topics import Topic

NAME = "bridge"
SEED = 20260105
BAR = 0.5
EVERYTHING: Filter = Wanted(lambda _fields: True, lambda _source, _name: None, "v")


class Source:
    """A feed in memory."""

    name, backfill = "bench", False

    def __init__(self, batches: Sequence[Batch], accounts: Iterable[str]) -> None:
        self.binding = Binding({}, frozenset(accounts))
        self.held = batches

    async def batches(self) -> AsyncGenerator[Batch, None]:
        for batch in self.held:
            yield batch

    async def done(self, batch: Batch) -> None:
        """Nothing to forget."""


class Kept:
    """A log in memory."""

    def __init__(self) -> None:
        self.sends: list[Send] = []

    async def append(self, sends: Sequence[Send]) -> None:
        self.sends += sends


def main(arguments: Sequence[str] | None = None) -> int:
    """Time every shape, write the results; the exit code."""
    options = _options(arguments)
    load = Load(SEED, triage_mix(PEOPLE))
    arrivals = list(load.arrivals(options.records, start_ms=wall_clock(), per_s=options.records / 60))
    figures: list[Figure] = []
    findings: list[str] = []
    with on(MEASURED):
        for shape in SHAPES:
            told, wrong = _measured(shape, arrivals, load, options.rounds)
            figures += told
            findings += wrong
    title = f"The bridge: {options.records:,} records to frames"
    return results.conclude(NAME, results.Outcome(title, figures, findings), options.results)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command_line(NAME, __doc__)
    parser.add_argument("--records", type=COUNT, default=20_000)
    parser.add_argument("--rounds", type=COUNT, default=5)
    return parser.parse_args(arguments)


def _measured(
    shape: Shape, arrivals: Sequence[Arrival], load: Load, rounds: int
) -> tuple[list[Figure], list[str]]:
    """Figures, and what was lost or doubled on the way."""
    source = Source(list(shape.batches(arrivals)), load.staff.accounts)
    bodies = [delivery.body for batch in source.held for delivery in batch.deliveries]
    pack = _pack(load)
    works: dict[str, Callable[[], object]] = {
        "decoded bare": lambda: [None for body in bodies if shape.bare(body) is None],
        "framed, all of them": partial(_carried, source, EVERYTHING),
        "framed, what the default rules want": partial(_carried, source, pack),
    }
    costs = {name: cpu_s(work, rounds) / len(arrivals) * 1e6 for name, work in works.items()}
    bare, framed, filtered = costs.values()
    figures = [Figure(f"{shape.name}: {name}", round(one, 2), "us", Better.LESS) for name, one in costs.items()]
    figures += [
        Figure(f"{shape.name}: all framed, against bare", round(bare / framed, 2), "times", Better.MORE, BAR),
        Figure(f"{shape.name}: by the rules, against bare", round(bare / filtered, 2), "times", Better.MORE),
    ]
    return figures, _wrong(shape.name, _carried(source, EVERYTHING), arrivals)


def _carried(source: Source, wanted: Filter) -> list[Send]:
    """What one run of the bridge appends."""
    log = Kept()
    bridge = Bridge(source, log, wall_clock, wanted, partitions=4)
    asyncio.run(_to_the_end(bridge))
    return log.sends


async def _to_the_end(bridge: Bridge) -> None:
    await bridge.run(asyncio.Event())


def _pack(load: Load) -> Filter:
    directory = read_people("people.yaml", load.staff.people_yaml())
    return wanted_of(Policy(load_rules([]), directory, Timing(), Limits(), lateness_ms=1, observe=True))


def _wrong(name: str, sends: Sequence[Send], arrivals: Sequence[Arrival]) -> list[str]:
    """Every record is in one frame, its bytes as they came, as often as it came."""
    messages = [call_message(send.value or b"") for send in sends if send.topic == Topic.CALLS]
    frames = [one for one in messages if isinstance(one, CallFrame)]
    found = Counter(bytes(call.record) for frame in frames for call in frame.calls)
    given = Counter(one.record for one in arrivals)
    lost, made_up = (given - found).total(), (found - given).total()
    letters = sum(send.topic == Topic.DEAD_LETTERS for send in sends)
    named = {"were lost": lost, "were doubled or changed": made_up, "became dead letters": letters}
    return [f"{name}: {number} records {how}" for how, number in named.items() if number]


if __name__ == "__main__":
    sys.exit(main())
