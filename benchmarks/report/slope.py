"""Slope: how fast something grows, with its error, from looks that are not independent of each other."""

from collections.abc import Sequence
from math import sqrt
from statistics import fmean
from typing import NamedTuple


class Slope(NamedTuple):
    """Growth in a unit of x, and its standard error."""

    per_unit: float
    error: float

    def is_flat(self, sigmas: float = 2.0) -> bool:
        """Whether it cannot be told from not growing at all."""
        return self.per_unit <= sigmas * self.error


def slope(points: Sequence[tuple[float, float]], blocks: int = 12) -> Slope:
    """Least squares over the means of so many blocks: looks a second apart are alike, blocks are not."""
    size = max(1, len(points) // blocks)
    means = [
        (fmean(x for x, _ in block), fmean(y for _, y in block))
        for start in range(0, len(points) - size + 1, size)
        if (block := points[start : start + size])
    ]
    if len(means) < 3:
        raise ValueError("a slope with an error needs at least three blocks")
    middle_x, middle_y = fmean(x for x, _ in means), fmean(y for _, y in means)
    spread = sum((x - middle_x) ** 2 for x, _ in means)
    rise = sum((x - middle_x) * (y - middle_y) for x, y in means) / spread
    left = sum((y - middle_y - rise * (x - middle_x)) ** 2 for x, y in means)
    return Slope(rise, sqrt(left / (len(means) - 2) / spread))
