"""Retry: how long a feed waits before it asks a source again that failed."""

from collections.abc import Callable

BASE_S = 0.2
LONGEST_S = 30.0


class Backoff:
    """Doubling waits with jitter; `random` gives numbers from 0 to 1."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._failures = 0

    def failed(self) -> float:
        """Seconds to wait after one more failure: between half and all of the doubled wait."""
        longest: float = min(LONGEST_S, BASE_S * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return longest * (0.5 + self._random() / 2)

    def worked(self) -> None:
        """Begin anew."""
        self._failures = 0
