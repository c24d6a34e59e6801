"""Failpoints: named places where a test can kill this process, as a power cut would."""

import os
import signal
import threading
from collections.abc import Awaitable
from pathlib import Path
from typing import NoReturn, TypeVar

T = TypeVar("T")

NAME = "CS_FAILPOINT"
"""Environment variable `name:n`: die at the n-th passing of that failpoint (n is 1 if left out).

Several, separated by commas, are a life each: a process is armed with the first that has not fired yet.
"""

FIRED = "CS_FAILPOINT_FILE"
"""Environment variable: the file that gets a line for each failpoint that fired, so that a run can prove it."""


class _Armed:
    """The one failpoint of this process that kills, counted across threads."""

    def __init__(self, setting: str, fired: str | None) -> None:
        name, _, count = setting.partition(":")
        self.name = name
        self._left = int(count or 1)
        self._fired = fired
        self._lock = threading.Lock()

    def passed(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self._die()

    def _die(self) -> NoReturn:
        if self._fired is not None:
            with Path(self._fired).open("a", encoding="utf-8") as file:
                file.write(f"{self.name}\n")
                file.flush()
                os.fsync(file.fileno())
        os.kill(os.getpid(), signal.SIGKILL)
        raise SystemExit  # never reached: SIGKILL cannot be caught


def _armed() -> _Armed | None:
    settings, fired = os.environ.get(NAME, "").split(","), os.environ.get(FIRED)
    gone = Path(fired).read_text(encoding="utf-8").split() if fired and Path(fired).exists() else []
    waiting = [setting for setting in settings if setting and setting.partition(":")[0] not in gone]
    return _Armed(waiting[0], fired) if waiting else None


_ARMED = _armed()


def failpoint(name: str) -> None:
    """Die here by SIGKILL if the environment says so; otherwise cost one comparison.

    Names are literal strings, lower-case and dotted, so that tests can list them all from the source.
    """
    if _ARMED is not None and _ARMED.name == name:
        _ARMED.passed()


def step(name: str, awaitable: Awaitable[T]) -> Awaitable[T]:
    """Await with a failpoint on either side: `name.before` and `name.after`; unarmed, it is the awaitable itself.

    Every await on log, store or network goes through here; a test walks the source for one that does not.
    """
    return awaitable if _ARMED is None else _stepped(name, awaitable)


async def _stepped(name: str, awaitable: Awaitable[T]) -> T:
    failpoint(f"{name}.before")
    result = await awaitable
    failpoint(f"{name}.after")
    return result
