"""Tally: which calls of one credential a rule that counts has counted."""

from msgspec import Struct


class Mark(Struct, frozen=True, array_like=True):
    """One counted call: when it was made (epoch ms UTC), and the first bytes of its fingerprint."""

    at_ms: int
    fingerprint: bytes


class Tally(Struct, frozen=True):
    """The marks of one rule and credential, as the calls came; those before `forgotten_ms` may be missing."""

    marks: list[Mark]
    forgotten_ms: int | None = None
    v: int = 1
