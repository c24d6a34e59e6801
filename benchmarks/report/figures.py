"""Figures: what a benchmark measured, each with its unit, which way is better, and the bar of the project."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from statistics import quantiles
from typing import Any, NamedTuple


class Better(StrEnum):
    """Which way a figure should move."""

    MORE = "more"
    LESS = "less"


class Figure(NamedTuple):
    """One number; with a bar it has to be at least so much where more is better, else at most."""

    name: str
    value: float
    unit: str
    better: Better
    bar: float | None = None

    def missed(self) -> str | None:
        """By how much the bar is missed, in a sentence; None where it is met or there is none."""
        if self.bar is None or self._met(self.bar):
            return None
        by, word = abs(1 - self.value / self.bar), "short of" if self.better is Better.MORE else "over"
        return f"{self.name} is {self.text()}, the bar {self.bar:g}: {100 * by:.0f} % {word} it"

    def text(self) -> str:
        """With its unit."""
        shown = f"{self.value:,.0f}" if abs(self.value) >= 1_000 else f"{self.value:.3g}"
        return f"{shown} {self.unit}".strip()

    def row(self) -> tuple[str, str]:
        """A row of a table, the bar in brackets."""
        if self.bar is None:
            return self.name, self.text()
        at = "at least" if self.better is Better.MORE else "at most"
        return self.name, f"{self.text()} (bar: {at} {self.bar:g})"

    def _met(self, bar: float) -> bool:
        return self.value >= bar if self.better is Better.MORE else self.value <= bar


def read(result: Mapping[str, Any]) -> list[Figure]:
    """The figures of a result as it was written; those of older benchmarks have none."""
    return [Figure(**{**one, "better": Better(one["better"])}) for one in result.get("figures", ())]


def spread(name: str, values: Iterable[float], unit: str, *, bar_p99: float | None = None) -> list[Figure]:
    """Median, 95th and 99th percentile and maximum; nothing without values."""
    ordered = sorted(values)
    if not ordered:
        return []
    cuts = quantiles(ordered, n=100, method="inclusive") if len(ordered) > 1 else ordered * 99
    chosen = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "max": ordered[-1]}
    bars = {"p99": bar_p99}
    return [
        Figure(f"{name}, {which}", round(value, 3), unit, Better.LESS, bars.get(which))
        for which, value in chosen.items()
    ]
