"""Timing and limits: the numbers of a rule or the configuration that a case freezes when it opens."""

from msgspec import Struct

PUSH_LIFE_MS = 60_000
"""How long a Duo push stays on a phone, whatever our own timeout says."""


class Timing(Struct, frozen=True):
    """How long a case waits for what, in milliseconds."""

    group_wait_ms: int = 120_000
    group_interval_ms: int = 300_000
    prompt_timeout_ms: int = 900_000
    reminder_after_ms: int = 300_000
    push_timeout_ms: int = 60_000
    delivery_timeout_ms: int = 120_000

    def push_life_ms(self) -> int:
        """How long after its start a push that nobody can ask about may still be approved."""
        return max(self.push_timeout_ms, PUSH_LIFE_MS)


class Limits(Struct, frozen=True):
    """Ceilings beyond which questions and pages are folded into aggregated pages."""

    prompts_per_person_hour: int = 12
    pages_per_account_hour: int = 30
