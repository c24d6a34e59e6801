"""Faults: how a vendor's answer goes wrong: not reached, turned away, broken, or done and the answer lost."""

import asyncio
import contextvars
import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tests.simulation.life import enter

HOW = ("refused", "limited", "error", "error_done", "silent", "lost")
LOST = "by one whose partition had passed to another"
BEHIND = "by one whose clock was behind the log's"
"""What is known and counted: a request that was on its way to Slack when its partition passed on cannot be called
back, and what was emitted before a takeover is told by the worker's own clock, which is an open fault."""
LOSES_ANSWER = frozenset({"error_done", "lost"})
WORLD = contextvars.copy_context()
"""What a vendor does with a request it has got goes on whoever asked for it dies."""


class Status(Exception):  # noqa: N818 - an answer
    """An HTTP answer that is no success."""

    def __init__(self, status: int, retry_after_s: float | None = None) -> None:
        super().__init__(f"http {status}")
        self.status, self.retry_after_s = status, retry_after_s


class Window(NamedTuple):
    """A vendor's outage: from when to when (seconds), and how it shows."""

    begin_s: float
    end_s: float
    how: str


class Weather:
    """One vendor's faults: its outages, and how often a call goes wrong beside them."""

    def __init__(self, name: str, rng: random.Random, windows: Sequence[Window], chance: float) -> None:
        self.name, self._rng, self.windows, self._chance = name, rng, windows, chance
        self.calm = False

    def fault(self, now_s: float) -> str | None:
        """How a call goes wrong now; None where it does not."""
        if self.calm:
            return None
        for window in self.windows:
            if window.begin_s <= now_s < window.end_s:
                return self._rng.choice(HOW) if window.how == "mixed" else window.how
        return self._rng.choice(HOW) if self._rng.random() < self._chance else None

    def latency_s(self) -> float:
        """How long a request or an answer travels."""
        return self._rng.uniform(0.01, 0.2) if self._rng.random() < 0.95 else self._rng.uniform(0.5, 2.5)


class Vendor:
    """A service with state; what it executes it executes, whether or not the answer arrives."""

    def __init__(self, world: Any, weather: Weather, timeout_s: float) -> None:
        self.world, self.weather, self._timeout_s = world, weather, timeout_s

    async def serve(self, route: str, execute: Callable[[], Any]) -> Any:
        """One call: its answer, or the fault the caller meets.

        Raises:
            ConnectionRefusedError, TimeoutError, ConnectionResetError, Status: as the weather is.
        """
        await enter()
        fault = self.weather.fault(asyncio.get_running_loop().time())
        if fault is not None:
            self.world.covered("fault", f"{self.weather.name}.{fault}")
            self.world.note(f"{self.weather.name}.{route}: {fault}")
            return await self._faulty(fault, execute)
        answer = await self._travel(execute)
        await asyncio.sleep(self.weather.latency_s())
        await enter()
        if hasattr(answer, "answered"):
            answer.answered = True
        return answer

    async def _faulty(self, fault: str, execute: Callable[[], Any]) -> Any:
        if fault in LOSES_ANSWER:
            await self._travel(execute)
        await asyncio.sleep(self._timeout_s if fault in {"silent", "lost"} else self.weather.latency_s())
        match fault:
            case "refused":
                raise ConnectionRefusedError
            case "limited":
                raise Status(429, 2.0)
            case "silent" | "lost":
                raise TimeoutError
            case _:
                raise Status(503)

    async def _travel(self, execute: Callable[[], Any]) -> Any:
        """The request is under way: from here on it arrives, whoever waits for its answer."""
        loop = asyncio.get_running_loop()
        arrived: asyncio.Future[Any] = loop.create_future()

        def arrive() -> None:
            answer = execute()
            if not arrived.done():
                arrived.set_result(answer)

        loop.call_later(self.weather.latency_s(), arrive, context=WORLD)
        return await arrived
