"""Environment: Jinja2 as every page uses it, with autoescape on and no undefined names."""

from datetime import UTC, datetime
from pathlib import Path

import jinja2

STATIC = Path(__file__).parent / "static"


def environment() -> jinja2.Environment:
    """Templates of this folder. Invariant: autoescape is on for all of them, and no template turns it off."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["clock"] = clock_of
    env.filters["stamp"] = stamp_of
    env.filters["lasting"] = lasting
    return env


def clock_of(at_ms: int) -> str:
    """The time of day, UTC: 14:02:07."""
    return _utc(at_ms).strftime("%H:%M:%S")


def stamp_of(at_ms: int) -> str:
    """The moment in ISO 8601, UTC, whole seconds."""
    return _utc(at_ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def lasting(duration_ms: int) -> str:
    """A duration in the two largest units that matter: 850 ms, 3.4 s, 2 min 5 s, 1 h 4 min."""
    if duration_ms < 1_000:
        return f"{duration_ms} ms"
    seconds = duration_ms / 1_000
    if seconds < 10:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest_s = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest_s} s" if rest_s else f"{minutes} min"
    hours, rest_min = divmod(minutes, 60)
    return f"{hours} h {rest_min} min" if rest_min else f"{hours} h"


def _utc(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1_000, UTC)
