"""Recall: what the default pack makes of a public rule set's own tests, against "any pack names that event".

    countersign bench run recall [FOLDER]

FOLDER holds `panther_expectations.jsonl` (a test a line: `{rule, severity, expected, event}`) and
`rule_eventnames.csv` (the events that each public pack names); `../shared/data` unless given. It is no part of
the project. The baseline fires on every event that any pack but the one under test names.
Exit 1 where the pack is not better than the baseline in both recall and false positives.
"""

import csv
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from agents.decisions.directory import Directory
from agents.decisions.judge import Policy, judge
from agents.rulebook.book import load_rules
from benchmarks.report import results
from benchmarks.run.options import command_line
from streams.records.timing import Limits, Timing

NAME = "recall"
FOLDER = Path(__file__).parents[3] / "shared" / "data"
UNDER_TEST = "panther"
ASKED = frozenset({"notify", "alert"})
ORDER = ("Critical", "High", "Medium", "Low", "Info")


class Expectation(NamedTuple):
    """One test of the rule set, what the pack makes of it, and whether the baseline fires.

    `rule` is the strongest action of a rule that fires, `action` what comes of it: a service's notify is a log.
    """

    name: str
    severity: str
    expected: bool
    rule: str
    action: str
    named: bool


class Score(NamedTuple):
    """Of all tests that expect an alarm, how many raise one; of all others, how many do all the same."""

    found: int
    positives: int
    false: int
    negatives: int

    def better_than(self, other: "Score") -> bool:
        """Whether it finds more and cries wolf less."""
        return self.found > other.found and self.false < other.false

    def words(self) -> str:
        """`56 of 63 (89 %) | 18 of 78 (23 %)`: two cells of a table."""
        return f"{_share(self.found, self.positives)} | {_share(self.false, self.negatives)}"


def main(arguments: Sequence[str] = ()) -> int:
    """Judge every test, write and print the table; the exit code."""
    parser = command_line(NAME, __doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER, help="where the public data sets are")
    options = parser.parse_args(arguments)
    folder = options.folder
    if not folder.is_dir():
        sys.stderr.write(f"{folder} is not there: name the folder that holds the public data sets\n")
        return 2
    found = list(expectations(folder))
    scores = scored(found)
    lines = _markdown(found, scores)
    results.write("recall", {name: one._asdict() for name, one in scores.items()}, lines, options.results)
    sys.stdout.write("\n".join(lines) + "\n")
    baseline = scores["baseline"]
    return 0 if scores["rules"].better_than(baseline) and scores["kept"].better_than(baseline) else 1


def scored(found: list[Expectation]) -> dict[str, Score]:
    """The pack as it asks and pages, by its rules and by what comes of them, as it keeps, and the baseline."""
    return {
        "rules": score(found, lambda one: one.rule in ASKED),
        "asked": score(found, lambda one: one.action in ASKED),
        "kept": score(found, lambda one: one.rule != "none"),
        "baseline": score(found, lambda one: one.named),
    }


def expectations(folder: Path) -> Iterator[Expectation]:
    """Every test of the folder, judged as `countersign explain` judges: a service's notify is a log."""
    policy = Policy(load_rules([]), Directory(), Timing(), Limits(), lateness_ms=sys.maxsize, observe=False)
    named = set(pairs(folder, without=UNDER_TEST))
    with (folder / "panther_expectations.jsonl").open(encoding="utf-8") as file:
        for test in map(json.loads, file):
            event = test["event"]
            judged = judge(event, account=event.get("recipientAccountId"), policy=policy, received_ms=None)
            yield Expectation(
                f"{test['rule']}: {test['test']}",
                test["severity"],
                test["expected"],
                str(judged.fired[0].action) if judged.fired else "none",
                str(judged.decision.action) if judged.decision else "none",
                (event.get("eventSource"), event.get("eventName")) in named,
            )


def pairs(folder: Path, *, without: str = "", at_least: int = 1) -> list[tuple[str, str]]:
    """The (eventSource, eventName) that at least so many public packs name; patterns are left out."""
    packs: dict[tuple[str, str], set[str]] = {}
    with (folder / "rule_eventnames.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["source"] != without and row["eventSource"] and "*" not in row["eventName"]:
                packs.setdefault((row["eventSource"], row["eventName"]), set()).add(row["source"])
    return sorted(pair for pair, named in packs.items() if len(named) >= at_least)


def score(found: Iterable[Expectation], fires: Callable[[Expectation], bool]) -> Score:
    """Count the tests by what they expect and whether `fires` says yes."""
    counts = Counter((one.expected, fires(one)) for one in found)
    return Score(counts[True, True], counts[True, True] + counts[True, False],
                 counts[False, True], counts[False, True] + counts[False, False])  # fmt: skip


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.0f} %)" if whole else "none"


def _markdown(found: list[Expectation], scores: dict[str, Score]) -> list[str]:
    lines = [
        "# What the default pack finds, and what it cries wolf about",
        "",
        f"{len(found)} tests of a public rule set, judged by the default pack alone. The baseline fires on every",
        "event that another public pack names.",
        "",
        "| | alarms found | false alarms |",
        "|---|---|---|",
        f"| a rule asks or pages | {scores['rules'].words()} |",
        f"| the same, where no service called | {scores['asked'].words()} |",
        f"| a rule fires, if only to keep a record | {scores['kept'].words()} |",
        f"| baseline: any other pack names the event | {scores['baseline'].words()} |",
        "",
        "| severity | log | notify | alert | none | | expected quiet: log | notify | alert | none |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    counts = Counter((one.severity, one.expected, one.rule) for one in found)
    for severity in ORDER:
        cells = [[counts[severity, wanted, name] for name in ("log", "notify", "alert", "none")]
                 for wanted in (True, False)]  # fmt: skip
        loud, quiet = (" | ".join(map(str, row)) for row in cells)
        lines.append(f"| {severity} | {loud} | | {quiet} |")
    missed = [one.name for one in found if one.expected and one.severity in ORDER[:2] and one.rule not in ASKED]
    lines += ["", f"Critical or High and neither asked about nor paged: {'; '.join(missed) or 'none'}."]
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
