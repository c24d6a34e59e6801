"""Intake: what became of everything one batch of a feed brought, counted."""

from msgspec import Struct


class Intake(Struct, frozen=True):
    """One record per bridge batch; counts are keyed by "outcome" and "outcome:account".

    Outcomes: accepted, unwanted (no rule can want it), control, pointer, dead_letter.
    """

    at_ms: int
    feed: str
    deliveries: int
    counts: dict[str, int]
    v: int = 1
