"""Patience: how often, how long and with how much jitter a call is tried again."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec import Struct

from agents.clients.outcome import Outcome, Standing
from streams.shell.failpoints import step

T = TypeVar("T")
REPEATABLE = frozenset({Standing.NOT_DONE, Standing.UNKNOWN})
SAFE_ONLY = frozenset({Standing.NOT_DONE})


class Patience(Struct, frozen=True):
    """At most `attempts` tries; waits double from `base_s` to `cap_s`, each between half and all of that.

    A vendor's Retry-After is honoured up to `honour_s`, with up to `base_s` on top.
    """

    attempts: int = 4
    base_s: float = 0.5
    cap_s: float = 5.0
    honour_s: float = 30.0

    def wait_s(self, tried: int, rng: random.Random, retry_after_s: float | None = None) -> float:
        """The wait after that many tries."""
        backoff = min(self.cap_s, self.base_s * 2.0 ** (tried - 1)) * rng.uniform(0.5, 1.0)
        if retry_after_s is None:
            return backoff
        return max(backoff, min(self.honour_s, retry_after_s) + self.base_s * rng.random())


async def persist(
    attempt: Callable[[], Awaitable[Outcome[T]]],
    patience: Patience,
    rng: random.Random,
    *,
    again_on: frozenset[Standing] = REPEATABLE,
    until: Callable[[], bool] = lambda: False,
) -> Outcome[T]:
    """The outcome of the last try: the first that is not in `again_on`, or when patience or time is over.

    `until` says that the time is over. A call that may not happen twice is given `SAFE_ONLY`.
    """
    tried = 0
    while True:
        outcome = await step("patience.attempt", attempt())
        tried += 1
        if outcome.standing not in again_on or tried >= patience.attempts or until():
            return outcome
        await asyncio.sleep(patience.wait_s(tried, rng, outcome.retry_after_s))
        if until():
            return outcome
