"""Shadow: what rules in shadow would have cost, counted from the verdicts that recorded them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from streams.records.timing import Timing
from streams.records.verdict import Action, Shadow, Verdict

NOBODY = "nobody"


class Cost(NamedTuple):
    """What one rule would have done: calls by action, then questions and pages by person, grouped as cases are."""

    rule: str
    calls: int
    actions: Counter[str]
    questions: Counter[str]
    pages: Counter[str]


class Costs:
    """Counts the shadows of verdicts, each call once."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()
        self._by_rule: defaultdict[str, list[tuple[int, Shadow]]] = defaultdict(list)

    def add(self, verdict: Verdict) -> None:
        """Count what rules in shadow made of a call."""
        for one in verdict.shadow:
            if (one.rule, verdict.fingerprint) not in self._seen:
                self._seen.add((one.rule, verdict.fingerprint))
                self._by_rule[one.rule].append((verdict.received_ms, one))

    def told(self, timing: Mapping[str, Timing]) -> list[Cost]:
        """What each rule would have cost, the costliest first; `timing` is that of a rule, or the default's."""
        costs = [_cost(rule, calls, timing.get(rule, Timing())) for rule, calls in self._by_rule.items()]
        return sorted(
            costs, key=lambda cost: (-cost.pages.total(), -cost.questions.total(), -cost.calls, cost.rule)
        )


def _cost(rule: str, calls: Iterable[tuple[int, Shadow]], timing: Timing) -> Cost:
    actions: Counter[str] = Counter()
    questions: Counter[str] = Counter()
    pages: Counter[str] = Counter()
    asked: defaultdict[str, list[int]] = defaultdict(list)
    for at_ms, one in calls:
        actions[str(one.action)] += 1
        if one.action is Action.ALERT:
            pages[one.asked or NOBODY] += 1
        elif one.action is Action.NOTIFY:
            asked[NOBODY if one.asked is None else one.asked].append(at_ms)
    for person, times in asked.items():
        (pages if person == NOBODY else questions)[person] += groups(times, timing)
    return Cost(rule, actions.total(), actions, questions, pages)


def groups(times: Iterable[int], timing: Timing) -> int:
    """How many questions the calls of one person make: a burst is one, and a run that goes on joins the next."""
    count, until_ms = 0, -1
    for at_ms in sorted(times):
        if count and at_ms <= until_ms:
            continue
        last_ms, count = until_ms, count + 1
        until_ms = at_ms + timing.group_wait_ms
        if count > 1:
            until_ms = max(until_ms, last_ms + timing.group_interval_ms)
    return count
