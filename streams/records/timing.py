"""Timing and limits: the numbers of a rule or the configuration that a case freezes when it opens."""

from msgspec import Struct


class Timing(Struct, frozen=True):
    """How long a case waits for what, in milliseconds."""

    group_wait_ms: int = 120_000
    group_interval_ms: int = 300_000
    prompt_timeout_ms: int = 900_000
    reminder_after_ms: int = 300_000
    push_timeout_ms: int = 60_000
    delivery_timeout_ms: int = 120_000


class Limits(Struct, frozen=True):
    """Ceilings beyond which questions and pages are folded into aggregated pages."""

    prompts_per_person_hour: int = 12
    pages_per_account_hour: int = 30
