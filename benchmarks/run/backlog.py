"""Backlog: waits until the group has committed what lies on the log."""

import time
from collections import Counter
from collections.abc import Callable, Mapping

from streams.clock import wall_clock
from streams.log.reader import OpenLog
from streams.topics import APP_ID

LONGEST_S = 900.0
LOOK_S = 0.1

Alive = Callable[[], str | None]
"""None while all processes run; else the last words of one that ended."""


def until_done(behind: Callable[[], int], alive: Alive) -> int:
    """Until nothing is behind; when that was (epoch milliseconds)."""
    end_s = time.monotonic() + LONGEST_S
    while left := behind():
        words = alive()
        assert words is None, f"a process ended:\n{words}"
        assert time.monotonic() < end_s, f"{left} are still behind after {LONGEST_S:.0f} s"
        time.sleep(LOOK_S)
    return wall_clock()


def ends(reader: OpenLog, topic: str) -> Counter[int]:
    """The end of every partition."""
    return Counter({one: reader.end_offset(topic, one) for one in range(reader.partitions(topic))})


def behind(reader: OpenLog, topic: str, until: Mapping[int, int]) -> int:
    """How many messages the group has yet to commit."""
    return sum(max(0, end - reader.committed(APP_ID, topic, one)) for one, end in until.items() if end)
