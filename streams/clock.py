"""Clock: the one source of now, passed in as an argument; the embedded log can run it faster for rehearsals."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

Clock = Callable[[], int]
"""Returns epoch milliseconds, UTC."""


def wall_clock() -> int:
    """The machine's clock."""
    return time.time_ns() // 1_000_000


def scaled_clock(origin_ms: int, speed: float) -> Clock:
    """A clock that left `origin_ms` at the wall's time and has run `speed` times as fast since."""

    def now() -> int:
        return origin_ms + int((wall_clock() - origin_ms) * speed)

    return now


BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Anchor(NamedTuple):
    """What a log's clock said (`log_ms`) when the machine had run for `up_ms` since this boot."""

    log_ms: int
    up_ms: int
    boot_id: str


def uptime_ms() -> int:
    """Milliseconds since the machine started, sleep included where it can be told; never steps."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1_000_000


def boot_id() -> str:
    """Names this run of the machine; empty where the system does not tell."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def anchored_clock(anchor: Anchor, speed: float) -> Clock:
    """A clock that goes on from an anchor at the pace of the machine's uptime, whatever the wall's clock does."""

    def now() -> int:
        return anchor.log_ms + int((uptime_ms() - anchor.up_ms) * speed)

    return now
