"""Triage steps: what each step of the decision costs a record, in one process without a log.

    countersign bench run triage_steps [--records 10000] [--rounds 5] [--profile people|services]

Microseconds of CPU, garbage collection included. The steps add up to less than the whole: the rest is the loop.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from agents.decisions.judge import Policy
from agents.decisions.tally import Tallies
from agents.decisions.triage import sort_frame
from agents.people.loader import read_people
from agents.rulebook.book import load_rules
from benchmarks.load.frames import framed
from benchmarks.load.profiles import PROFILES, triage_mix
from benchmarks.load.records import Load
from benchmarks.report import results
from benchmarks.report.figures import Better, Figure
from benchmarks.run.cores import MEASURED, on
from benchmarks.run.options import COUNT, command_line
from benchmarks.run.timing import cpu_s
from streams.clock import wall_clock
from streams.records.call import CallFrame
from streams.records.call_frame import call_message
from streams.records.fingerprint import fingerprint
from streams.records.head import head_of
from streams.records.timing import Limits, Timing
from streams.shell.message import Send
from tables.seen import SeenShelf
from tables.tallies import TallyShelf

NAME = "triage_steps"
SEED = 20260105
HOUR_MS = 3_600_000
_decode = msgspec.json.Decoder().decode


def main(arguments: Sequence[str] | None = None) -> int:
    """Time each step, write the results; the exit code."""
    options = _options(arguments)
    mix = PROFILES[options.profile]
    with on(MEASURED):
        figures = _steps(Load(SEED, triage_mix(mix)), options.records, options.rounds)
        few = max(options.records // 10, 1)
        for name, share in (("a call that no rule wants", 0.0), ("a call that is asked about", 1.0)):
            load = Load(SEED, triage_mix(mix, share))
            figures.append(_figure(name, *_sorting(load, few), options.rounds))
    outcome = results.Outcome(f"The steps of triage, profile {options.profile}", figures)
    name = NAME if options.profile == "people" else f"{NAME}_{options.profile}"
    return results.conclude(name, outcome, options.results)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command_line(NAME, __doc__)
    parser.add_argument("--records", type=COUNT, default=10_000)
    parser.add_argument("--rounds", type=COUNT, default=5)
    parser.add_argument("--profile", choices=[*PROFILES], default="people")
    return parser.parse_args(arguments)


def _steps(load: Load, number: int, rounds: int) -> list[Figure]:
    frames = _frames(load, number)
    values = [send.value or b"" for send in frames]
    records = [call.record for frame in _decoded(frames) for call in frame.calls]
    fields = [_decode(record) for record in records]
    rules = _policy(load).rules
    steps: dict[str, Callable[[], Any]] = {
        "the frame, its records left as bytes": lambda: _each(call_message, values),
        "the head of a record": lambda: _each(head_of, fields),
        "decoding": lambda: _each(_decode, records),
        "the fingerprint": lambda: _each(fingerprint, fields),
        "whether any rule could want it": lambda: _each(rules.may_match, fields),
    }
    figures = [_figure(name, work, number, rounds) for name, work in steps.items()]
    return [*figures, _figure("all of the decision, 5 % hits", *_sorting(load, number), rounds)]


def _sorting(load: Load, number: int) -> tuple[Callable[[], Any], int]:
    """The decision about so many calls, each round with nothing seen before."""
    frames = _decoded(_frames(load, number))
    policy, now_ms = _policy(load), wall_clock()

    def sort() -> None:
        seen, tallies = SeenShelf(), Tallies(TallyShelf(lambda _key: None, {}))
        for position, frame in enumerate(frames):
            sort_frame(frame, position, seen, policy, lambda _key: None, now_ms, tallies)

    return sort, number


def _decoded(sends: Sequence[Send]) -> list[CallFrame]:
    messages = [call_message(send.value or b"") for send in sends]
    return [one for one in messages if isinstance(one, CallFrame)]


def _frames(load: Load, number: int) -> Sequence[Send]:
    now_ms = wall_clock()
    arrivals = list(load.arrivals(number, start_ms=now_ms, per_s=number / 60))
    return framed(arrivals, 4, "v", now_ms).sends


def _policy(load: Load) -> Policy:
    directory = read_people("people.yaml", load.staff.people_yaml())
    return Policy(load_rules([]), directory, Timing(), Limits(), lateness_ms=24 * HOUR_MS, observe=True)


def _figure(name: str, work: Callable[[], Any], number: int, rounds: int) -> Figure:
    return Figure(name, round(cpu_s(work, rounds) / number * 1e6, 2), "us", Better.LESS)


def _each(work: Callable[[Any], Any], values: Sequence[Any]) -> None:
    """Nothing of what comes out is kept."""
    for value in values:
        work(value)


if __name__ == "__main__":
    sys.exit(main())
