"""Rules: how long `rules check` takes over 200 files, and what a call costs with 10 rules and with 1,000.

    python -m benchmarks.rules

Exit 1 where a bar of the project is missed: 1 s, and 1.2 times the cost.
"""

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from agents.decisions.rules import CallContext, Rule, RuleSet
from agents.decisions.rules.pattern import parse_pattern
from benchmarks import results
from streams.records.verdict import Action

ROOT = Path(__file__).parent.parent
FILES, FEW, MANY = 200, 10, 1_000
BARS = {"check_s": 1.0, "cost_ratio": 1.2}
CHECKS, ROUNDS, CALLS = 9, 15, 4_000
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


def main() -> int:
    """Measure, write the results; the exit code."""
    checks = sorted(_check_s() for _ in range(CHECKS))
    costs = {shape: _cost(make) for shape, make in SHAPES.items()}
    result: dict[str, Any] = {
        "check_fastest_s": round(checks[0], 2),
        "check_s": round(median(checks), 2),
        "check_slowest_s": round(checks[-1], 2),
        "cost": costs,
        "cost_ratio": max(cost["ratio"] for cost in costs.values()),
    }
    missed = [f"{what} is {result[what]}, the bar {bar}" for what, bar in BARS.items() if result[what] > bar]
    lines = _markdown(result)
    results.write("rules", result | {"missed": missed}, lines)
    sys.stdout.write("\n".join([*lines, *missed]) + "\n")
    return 1 if missed else 0


def _markdown(result: dict[str, Any]) -> list[str]:
    checks = f"{result['check_fastest_s']} / {result['check_s']} / {result['check_slowest_s']} s"
    rows = [
        (
            f"`countersign rules check` of {FILES} files beside the pack, fastest / median / slowest of {CHECKS}",
            f"{checks} (bar: {BARS['check_s']:.0f} s)",
        )
    ]
    for shape, cost in result["cost"].items():
        shown = f"{cost['few_us']} / {cost['many_us']} us, {cost['ratio']} times (bar: {BARS['cost_ratio']})"
        rows.append((f"a call with {FEW} / {MANY:,} rules that name {shape}", shown))
    return ["# What rules cost", "", *results.table(rows)]


def _check_s() -> float:
    """One whole process, as a person starts it."""
    with tempfile.TemporaryDirectory(prefix="countersign-rules-") as name:
        for number in range(FILES):
            (Path(name) / f"{number}.yaml").write_text(RULE.format(number=number))
        began = time.perf_counter()
        command = [sys.executable, "-m", "agents.cli.main", "rules", "check", name]
        subprocess.run(command, check=True, timeout=CHECK_S, cwd=ROOT, stderr=subprocess.DEVNULL)
        return time.perf_counter() - began


def _cost(make: Callable[[int], dict[str, Any]]) -> dict[str, float]:
    """Microseconds a call, the fastest of rounds that alternate between the two sets; the same calls for both."""
    few, many = _rules(make, FEW), _rules(make, MANY)
    calls = _calls()
    times: dict[int, list[float]] = {FEW: [], MANY: []}
    for _ in range(ROUNDS):
        for number, rules in ((FEW, few), (MANY, many)):
            times[number].append(_round_us(rules, calls))
    few_us, many_us = min(times[FEW]), min(times[MANY])
    return {"few_us": round(few_us, 2), "many_us": round(many_us, 2), "ratio": round(many_us / few_us, 2)}


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
        number = rng.randrange(FEW) if rng.random() < 0.5 else MANY + rng.randrange(MANY)
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
