"""Begun: a coroutine that runs at once, and becomes a task only where it has to wait."""

from collections.abc import Coroutine, Generator
from typing import Any


class Begun:
    """A coroutine, run up to where it first waits; `done` if it never did. What it raised up to there is raised.

    Awaited, it goes on from there, in whatever task awaits it. So it is nothing for a coroutine that asks for the
    task it runs in before it waits.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._coroutine = coroutine
        self._waiting: Any = None
        self.done = False
        try:
            self._waiting = coroutine.send(None)
        except StopIteration:
            self.done = True

    def __await__(self) -> Generator[Any, Any, None]:
        while not self.done:
            try:
                sent = yield self._waiting
            except BaseException as error:  # noqa: BLE001 - a cancellation above all: it is the coroutine's to take
                self._go_on(self._coroutine.throw, error)
            else:
                self._go_on(self._coroutine.send, sent)

    def _go_on(self, by: Any, value: Any) -> None:
        try:
            self._waiting = by(value)
        except StopIteration:
            self.done = True

    def __del__(self) -> None:
        self._coroutine.close()
