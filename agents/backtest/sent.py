"""Sent: one question or page that the recorded calls would have cost."""

from enum import StrEnum

from msgspec import Struct

UNATTRIBUTED = "unattributed"
"""Stands for the person where none is proven."""


class SentKind(StrEnum):
    """What would have gone out."""

    QUESTION = "question"
    PAGE = "page"


class Sent(Struct, frozen=True):
    """One question or page; `at_ms` is the calls' own time, epoch milliseconds UTC.

    `person` is a directory id or "unattributed"; `rules` the strongest rule of each call it covers, `calls`
    how many they are; `reason` says why it pages and is None for a question.
    """

    at_ms: int
    kind: SentKind
    person: str
    account: str
    rules: list[str]
    calls: int
    reason: str | None
    case_id: str
