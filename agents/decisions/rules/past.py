"""Past: the earlier calls of one credential that a rule counted, and the conditions on them."""

from collections.abc import Callable
from typing import NamedTuple

from msgspec import Struct

from agents.decisions.rules.span import Span

MAX_COUNT = 50
"""The most calls that a condition can ask for: so many are kept, and a few more, one by one."""

MAX_WITHIN_S = 86_400
MAX_SINCE_S = 30 * 86_400


class Past(NamedTuple):
    """The times of the calls that came before (epoch ms, as they came), and until when others were forgotten."""

    times: tuple[int, ...] = ()
    forgotten_ms: int | None = None


PastOf = Callable[[str], Past]
"""The past of a call, by the id of the rule that counted."""


def nothing_before(_rule_id: str) -> Past:
    """The past of a call that is judged alone."""
    return Past()


class CountCondition(Struct, frozen=True):
    """So many calls that the rule is about, this one among them, within so many milliseconds."""

    min: int
    within_ms: int


def count_holds(wanted: CountCondition, past: Past, at_ms: int) -> bool:
    """Whether some stretch of that length, this call in it, holds so many; a forgotten past counts as so many.

    Any stretch: what comes late, or in another order, is counted where it belongs.
    """
    within = wanted.within_ms
    if past.forgotten_ms is not None and at_ms - within <= past.forgotten_ms:
        return True
    near = sorted([at_ms, *(time for time in past.times if abs(time - at_ms) <= within)])
    starts = [start for start in near if start <= at_ms]
    return any(sum(start <= time <= start + within for time in near) >= wanted.min for start in starts)


def since_holds(wanted: Span, past: Past, at_ms: int) -> bool:
    """Whether the last such call lies so many seconds back; the first one of all has none before it."""
    earlier = [time for time in past.times if time <= at_ms]
    if earlier:
        return wanted.holds((at_ms - max(earlier)) / 1_000)
    unknown = past.forgotten_ms is not None and at_ms - MAX_SINCE_S * 1_000 <= past.forgotten_ms
    return unknown or wanted.max is None
