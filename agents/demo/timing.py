"""Timing: the waits of the demo beside the real ones, so that nobody takes the demo's for the product's."""

from typing import Any

import msgspec
from msgspec import Struct

from streams.settings.model import TimingSettings


class Wait(Struct, frozen=True):
    """One wait, in seconds: what the product does by default, and what this demo does."""

    name: str
    real_s: int
    demo_s: int


PAGE = TimingSettings(
    group_wait_s=3,
    group_interval_s=3,
    prompt_timeout_s=45,
    reminder_after_s=25,
    push_timeout_s=30,
    delivery_timeout_s=20,
    grant_wait_s=1,
)
"""For a person who reads the page while the time runs."""

QUICK = TimingSettings(
    group_wait_s=2,
    group_interval_s=2,
    prompt_timeout_s=8,
    reminder_after_s=4,
    push_timeout_s=7,
    delivery_timeout_s=7,
    grant_wait_s=1,
)
"""For one ending played without a browser."""

NAMES = {
    "group_wait_s": "A burst is collected for",
    "group_interval_s": "The next question waits for",
    "prompt_timeout_s": "You may answer for",
    "reminder_after_s": "Slack reminds you after",
    "push_timeout_s": "The Duo push lives for",
    "delivery_timeout_s": "If Slack is down, it pages after",
}


def waits(demo: TimingSettings) -> list[Wait]:
    """The table that the page shows."""
    real: dict[str, Any] = msgspec.structs.asdict(TimingSettings())
    played: dict[str, Any] = msgspec.structs.asdict(demo)
    return [Wait(name, real[key], played[key]) for key, name in NAMES.items()]
