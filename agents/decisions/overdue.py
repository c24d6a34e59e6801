"""Overdue: which cases a watchdog must page itself, because the pipeline did not."""

from collections.abc import Iterable
from typing import NamedTuple

from streams.records.case import ENDS, Case, CaseState

DEADLINE_GRACE_MS = 60_000
PAGE_GRACE_MS = 30_000
NOT_ACCEPTED = "its page was not accepted in time"
NOT_ACTED_ON = "its deadline passed and nothing happened"


class Missed(NamedTuple):
    """A case that the pipeline let lie, and what it missed."""

    case: Case
    why: str


def missed(cases: Iterable[Case], now_ms: int, *, speed: float = 1.0) -> list[Missed]:
    """The cases that passed a deadline by 60 s, or wait for their page's 202 since 30 s, ended or not.

    A case that an aggregate holds is left alone. `speed` is how fast the log's clock runs: the graces are real
    seconds, for it is real processes that may hang.
    """
    return [Missed(case, why) for case in cases if (why := _why(case, now_ms, speed))]


def page_is_late(since_ms: int, now_ms: int, *, speed: float = 1.0) -> bool:
    """Whether a page that is out since then should have its 202 by now; `speed` as for `missed`."""
    return now_ms > since_ms + PAGE_GRACE_MS * speed


def _why(case: Case, now_ms: int, speed: float) -> str | None:
    if case.observe or (case.page is not None and case.page.accepted_ms is not None):
        return None
    if case.page is not None and page_is_late(case.page.emitted_ms, now_ms, speed=speed):
        return NOT_ACCEPTED
    if case.state in ENDS or case.state is CaseState.ESCALATED or case.deadline_ms is None:
        return None
    if now_ms > case.deadline_ms + DEADLINE_GRACE_MS * speed:
        return NOT_ACTED_ON
    return None
