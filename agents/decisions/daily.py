"""Daily: counts a day's cases."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from streams.records.case import Case, CaseState
from streams.records.daily import Daily

FINGERPRINT_BYTES = 32


def day_of(at_ms: int) -> str:
    """The UTC day of a time, e.g. "2026-01-02"."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d")


def count_day(cases: Iterable[Case], day: str) -> Daily:
    """What the cases that ended on a day came to; those of observe mode, what they would have come to.

    A question that was frozen and not escalated would have been asked; whatever escalated would have paged.
    """
    ended = [case for case in cases if case.ended_ms is not None and day_of(case.ended_ms) == day]
    asked: Counter[str] = Counter(case.asked.person for case in ended if case.prompt and case.asked)
    paged: Counter[str] = Counter(case.reason or "-" for case in ended if _paged(case))
    rules: Counter[str] = Counter(rule for case in ended for rule in case.rules)
    return Daily(
        day=day,
        observe=any(case.observe for case in ended),
        cases=len(ended),
        calls=sum(len(case.fingerprints) // FINGERPRINT_BYTES for case in ended),
        asked=dict(asked.most_common()),
        verified=sum(case.state is CaseState.VERIFIED for case in ended),
        paged=dict(paged.most_common()),
        rules=dict(rules.most_common()),
    )


def _paged(case: Case) -> bool:
    return case.page is not None or case.fold is not None or (case.observe and case.reason is not None)
