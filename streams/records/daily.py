"""Daily: what one day's cases came to, or would have come to in observe mode."""

from msgspec import Struct


class Daily(Struct, frozen=True):
    """One record a UTC day on `reports`, keyed by the day; the counts are of cases that ended that day.

    `observe` says that there are cases of observe mode among them, which disturbed nobody: of those, `asked` and
    `paged` count what enforce would have done. `asked` counts questions by person, `paged` pages by reason,
    `rules` cases by rule.
    """

    day: str
    observe: bool
    cases: int
    calls: int
    asked: dict[str, int]
    verified: int
    paged: dict[str, int]
    rules: dict[str, int]
    v: int = 1
