"""Patience: waits for a disk that may hang, one thing at a time and never for ever."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Patience:
    """Waits at most `limit_s` seconds. What hangs is left to itself, and nothing more is begun until it ended.

    A thread that waits for a disk cannot be ended; begun again at every look they would use up the machine.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._begun: asyncio.Task[Any] | None = None

    async def wait(self, begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of what `begin` makes, or what that raises; what was left over from before has to end first.

        Raises:
            TimeoutError: it hangs, or what was left over still does; then nothing is begun.
        """
        if self._begun is not None:
            await self._end_of(self._begun)
        begun: asyncio.Task[T] = asyncio.create_task(begin())
        self._begun = begun
        await self._end_of(begun)
        return begun.result()

    async def _end_of(self, begun: asyncio.Task[Any]) -> None:
        await asyncio.wait({begun}, timeout=self._limit_s)
        if not begun.done():
            raise TimeoutError(f"the log has not answered for {self._limit_s:g} s")
        self._begun = None
        if not begun.cancelled():
            begun.exception()  # asked for, so that asyncio does not complain of one that came too late
