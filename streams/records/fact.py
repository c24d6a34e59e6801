"""Fact: one thing that happened in a case, for `case-log` and the audit documents."""

from enum import StrEnum
from typing import Any

from msgspec import Struct


class FactKind(StrEnum):
    """Everything that can happen in a case."""

    OPENED = "opened"
    CALLS_ADDED = "calls_added"
    ASKED = "asked"
    DELIVERED = "delivered"
    REMINDED = "reminded"
    ANSWERED = "answered"
    ANSWER_REFUSED = "answer_refused"
    PUSH_WAITS = "push_waits"
    PUSH_ASKED = "push_asked"
    PUSH_STARTED = "push_started"
    PUSH_ANSWERED = "push_answered"
    PUSH_FAILED = "push_failed"
    VERIFIED = "verified"
    ESCALATED = "escalated"
    FOLDED = "folded"
    PAGED = "paged"
    PAGE_FAILED = "page_failed"
    REPORTED = "reported"
    PROMPT_FAILED = "prompt_failed"
    UPDATED = "updated"
    UPDATE_FAILED = "update_failed"
    LATE_ANSWER = "late_answer"
    CONTRADICTED = "contradicted"


class Fact(Struct, frozen=True):
    """A fact's id is (case_id, seq); `at_ms` is the log's append time of the command that made it.

    `src` is the offset of that command on `commands`, in the case's own partition.
    """

    case_id: str
    seq: int
    at_ms: int
    kind: FactKind
    src: int
    actor_key: str
    data: dict[str, Any]
    v: int = 1
