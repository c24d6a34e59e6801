"""Rules: how long `rules check` takes over 200 files, and what a call costs with 10, 100 and 1,000 rules.

    countersign bench run rules

Exit 1 where a bar of the project is missed: 1 s, and 1.2 times the cost.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from agents.decisions.rules import CallContext, Rule, RuleSet
from agents.decisions.rules.pattern import parse_pattern
from benchmarks.report import results
from benchmarks.report.figures import Better, Figure
from benchmarks.run.options import COUNT, command_line
from streams.records.verdict import Action

NAME = "rules"
ROOT = Path(__file__).parents[2]
FILES, COUNTS = 200, (10, 100, 1_000)
CHECK_BAR_S, COST_BAR = 1.0, 1.2
CALLS = 4_000
CHECK_S = 60

RULE = """\
id: team.rule-{number}
title: Rule {number}
action: notify
match:
  eventSource: [service-{number}.amazonaws.com]
  eventName: [Create{number}, Delete{number}]
  userIdentity: {{type: [IAMUser, AssumedRole]}}
  errorCode: [{{exists: false}}]
except: {{sourceIPAddress: [{{cidr: 10.0.0.0/8}}]}}
because: it matters
tests:
  - name: fires
    event:
      eventSource: service-{number}.amazonaws.com
      eventName: Create{number}
      userIdentity: {{type: IAMUser}}
    expect: notify
  - name: leaves
    event: {{eventSource: service-{number}.amazonaws.com, eventName: List}}
    expect: none
"""

ARN = "arn:aws:iam::111122223333:user/user-"

SHAPES: dict[str, Callable[[int], dict[str, Any]]] = {
    "a source and names": lambda number: {
        "eventSource": [f"service-{number}.amazonaws.com"],
        "eventName": [f"Create{number}", f"Delete{number}"],
        "userIdentity": {"type": ["IAMUser", "AssumedRole"]},
    },
    "a source and the beginning of names": lambda number: {
        "eventSource": [f"service-{number}.amazonaws.com"],
        "eventName": [{"prefix": f"Create{number}"}],
    },
    "names alone": lambda number: {"eventName": [f"Create{number}"], "userIdentity": {"type": ["IAMUser"]}},
    "another field alone": lambda number: {
        "userIdentity": {"arn": [f"arn:aws:iam::111122223333:user/user-{number}"]}
    },
}
"""What rules name, each shape measured by itself."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the results; the exit code."""
    options = _options(arguments)
    checks = sorted(_check_s() for _ in range(options.checks))
    costs = {shape: _cost(make, options.rounds) for shape, make in SHAPES.items()}
    figures = [
        Figure(
            f"`rules check` of {FILES} files beside the pack",
            round(median(checks), 2),
            "s",
            Better.LESS,
            CHECK_BAR_S,
        ),
        *(figure for shape, cost in costs.items() for figure in _figures(shape, cost)),
    ]
    outcome = results.Outcome(
        title="What rules cost",
        figures=figures,
        lines=[f"The check is a whole process; fastest {checks[0]:.2f} s, slowest {checks[-1]:.2f} s."],
        details={"cost_us": costs},
    )
    return results.conclude(NAME, outcome, options.results)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command_line(NAME, __doc__)
    parser.add_argument("--checks", type=COUNT, default=9)
    parser.add_argument("--rounds", type=COUNT, default=15)
    return parser.parse_args(arguments)


def _figures(shape: str, cost: dict[int, float]) -> list[Figure]:
    """What a call costs with each number of rules, and the last against the first."""
    few, many = COUNTS[0], COUNTS[-1]
    each = [
        Figure(f"a call, {count:,} rules that name {shape}", round(cost[count], 2), "us", Better.LESS)
        for count in COUNTS
    ]
    ratio = round(cost[many] / cost[few], 2)
    name = f"{few} to {many:,} rules that name {shape}"
    return [*each, Figure(name, ratio, "times a call", Better.LESS, COST_BAR)]


def _check_s() -> float:
    """One whole process, as a person starts it."""
    with tempfile.TemporaryDirectory(prefix="countersign-rules-") as name:
        for number in range(FILES):
            (Path(name) / f"{number}.yaml").write_text(RULE.format(number=number))
        began = time.perf_counter()
        command = [sys.executable, "-m", "agents.cli.main", "rules", "check", name]
        subprocess.run(command, check=True, timeout=CHECK_S, cwd=ROOT, stderr=subprocess.DEVNULL)
        return time.perf_counter() - began


def _cost(make: Callable[[int], dict[str, Any]], rounds: int) -> dict[int, float]:
    """Microseconds a call, the fastest of rounds that alternate between the sets; the same calls for all."""
    sets = {count: _rules(make, count) for count in COUNTS}
    calls = _calls()
    times: dict[int, list[float]] = {count: [] for count in COUNTS}
    for _ in range(rounds):
        for count, rules in sets.items():
            times[count].append(_round_us(rules, calls))
    return {count: min(taken) for count, taken in times.items()}


def _round_us(rules: RuleSet, calls: list[dict[str, Any]]) -> float:
    context = CallContext()
    began = time.perf_counter()
    for call in calls:
        rules.matching(call, context)
    return (time.perf_counter() - began) / len(calls) * 1e6


def _rules(make: Callable[[int], dict[str, Any]], count: int) -> RuleSet:
    rules = []
    for number in range(count):
        parsed = parse_pattern(make(number))
        assert not parsed.mistakes
        rules.append(Rule(f"r{number}", "A rule", Action.NOTIFY, "it matters", parsed.branches))
    return RuleSet(rules, "v")


def _calls() -> list[dict[str, Any]]:
    """Half of them fulfil one of the first ten rules, half fulfil none."""
    rng = random.Random(1)
    calls = []
    for _ in range(CALLS):
        number = rng.randrange(COUNTS[0]) if rng.random() < 0.5 else COUNTS[-1] + rng.randrange(COUNTS[-1])
        arn = f"{ARN}{number}"
        calls.append(
            {
                "eventSource": f"service-{number}.amazonaws.com",
                "eventName": f"Create{number}",
                "userIdentity": {"type": "IAMUser", "arn": arn, "accountId": "111122223333"},
                "sourceIPAddress": "198.51.100.7",
                "requestParameters": {"name": f"widget-{number}", "tags": [{"key": "a", "value": "b"}]},
            }
        )
    return calls


if __name__ == "__main__":
    sys.exit(main())
