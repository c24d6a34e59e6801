"""Span: from one number to another."""

from msgspec import Struct


class Span(Struct, frozen=True):
    """From `min` to `max`, both included; either may be open."""

    min: float | None = None
    max: float | None = None

    def holds(self, value: float) -> bool:
        """Whether the value lies inside."""
        return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)
