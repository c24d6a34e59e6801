"""Terms: what a journal is judged against besides itself."""

from collections.abc import Callable
from typing import NamedTuple

SLACK_MS = 120_000
"""What is due is a finding so long after: the watchdog pages after 60 s, and a page may take 30 s more."""

Wanted = Callable[[bytes, int], bool]
"""Asked with a record and when it was received (epoch milliseconds UTC)."""


class Terms(NamedTuple):
    """How to judge a run.

    `now_ms` is the log's clock, None for a run that is over: then everything must have come to its end, and
    nothing is said of real time. `speed` is how fast that clock runs. `open_allowed` excuses whatever is open.
    `wanted` says of a record whether any rule fires on it. `lateness_ms` is None without a configuration.
    `grant_wait_ms` is how long a call may wait for the grant of its session before anything is decided.
    """

    now_ms: int | None = None
    speed: float = 1.0
    slack_ms: int = SLACK_MS
    open_allowed: bool = False
    wanted: Wanted = lambda _record, _received_ms: True
    lateness_ms: int | None = None
    grant_wait_ms: int = 0

    def young(self, due_ms: int) -> bool:
        """Whether what was due then may still be on its way."""
        return self.now_ms is not None and self.now_ms <= due_ms + self.slack_ms * self.speed
