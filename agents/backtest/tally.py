"""Tally: what the questions and pages add up to, by whom and when."""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from enum import Enum

from msgspec import Struct

from agents.backtest.sent import Sent, SentKind


class Span(Enum):
    """A stretch of time; the value is how much of "2026-01-02T03" names it."""

    DAY = 10
    HOUR = 13


class Total(Struct, frozen=True):
    """How many were sent: altogether, by person, and by UTC hour of sending ("2026-01-02T03")."""

    total: int
    by_person: dict[str, int]
    by_hour: dict[str, int]


class Tally:
    """Adds up what a replay sends."""

    def __init__(self) -> None:
        self.by_person: dict[SentKind, Counter[str]] = {kind: Counter() for kind in SentKind}
        self.by_rule: dict[SentKind, Counter[str]] = {kind: Counter() for kind in SentKind}
        self.by_rule_person: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.alone: Counter[str] = Counter()
        self._by_hour: dict[SentKind, Counter[str]] = {kind: Counter() for kind in SentKind}
        self._by_person_hour: Counter[tuple[str, str]] = Counter()

    def add(self, sent: Sent) -> None:
        """Count one question or page; each of its rules bears it, `alone` where no other would have asked."""
        hour = hour_of(sent.at_ms)
        self.by_person[sent.kind][sent.person] += 1
        self.by_rule[sent.kind].update(sent.rules)
        self._by_hour[sent.kind][hour] += 1
        if sent.kind is SentKind.QUESTION:
            self._by_person_hour[sent.person, hour] += 1
            for rule in sent.rules:
                self.by_rule_person[rule][sent.person] += 1
            if len(sent.rules) == 1:
                self.alone[sent.rules[0]] += 1

    def total(self, kind: SentKind) -> Total:
        """The questions, or the pages."""
        people, hours = self.by_person[kind], self._by_hour[kind]
        return Total(people.total(), dict(sorted(people.items())), dict(sorted(hours.items())))

    @property
    def max_prompts_person_hour(self) -> int:
        """The most questions that any one person got within one UTC hour."""
        return max(self._by_person_hour.values(), default=0)

    def busiest(self, person: str, unit: Span) -> tuple[str, int]:
        """The UTC day or hour in which a person got the most questions, the first of several, and how many."""
        found: Counter[str] = Counter()
        for (who, hour), number in sorted(self._by_person_hour.items()):
            if who == person:
                found[hour[: unit.value]] += number
        return max(found.items(), key=lambda item: item[1], default=("-", 0))


def hour_of(at_ms: int) -> str:
    """The UTC hour of an instant, "2026-01-02T03"."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H")


def instant(at_ms: int) -> str:
    """An instant to the second, "2026-01-02T03:04:05Z"."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
