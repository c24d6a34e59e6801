"""Loop: an event loop whose time is virtual. Nothing sleeps; time jumps to whatever is due next."""

import asyncio
import inspect
from asyncio import base_events
from collections.abc import Callable
from typing import Any

MOST_TURNS = 400_000
"""A run that turns more often than this goes round in circles."""


class Stuck(Exception):  # noqa: N818 - a finding, not an error of the code
    """Nothing is left to happen, or the same happens for ever."""


class _Idle:
    """A selector without files: it waits by moving the clock."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        self._loop.advance(timeout)
        return []


class VirtualLoop(base_events.BaseEventLoop):
    """Runs what is ready in the order it became ready; then moves the clock to the next timer."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Idle(self)
        self._clock_resolution = 1e-6
        self._now_s = 0.0
        self._turns = 0

    def time(self) -> float:
        return self._now_s

    def advance(self, timeout: float | None) -> None:
        self._turns += 1
        if timeout is None:
            raise Stuck("nothing is left that could happen")
        if self._turns > MOST_TURNS:
            raise Stuck(f"{MOST_TURNS} turns of the loop by {self._now_s:.0f} s")
        self._now_s += timeout

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """No threads: the call is made at once; what it returns to be awaited takes virtual time."""

        async def run() -> Any:
            result = func(*args)
            return await result if inspect.isawaitable(result) else result

        return asyncio.ensure_future(run(), loop=self)

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """There is no other thread to wake this one."""
