"""Case head: what finds a case again, read from the case's own entry without the rest of it."""

from msgspec import Struct

from streams.records.case import (
    HIGH,
    Case,
    CaseKind,
    CaseState,
    Fold,
    IncidentNote,
    OutboxItem,
    PageState,
    PushState,
)
from streams.records.timing import Timing


class AskedHead(Struct, frozen=True, gc=False):
    """Who is asked."""

    person: str


class PromptHead(Struct, frozen=True, gc=False):
    """The question's times, and whether it was reminded of."""

    asked_ms: int
    delivered_ms: int | None = None
    reminded: bool = False


class CaseHead(Struct, frozen=True, gc=False):
    """The fields of a `Case` that indexes and deadlines follow from; the names and meanings are the case's own.

    A decoder that wants fewer fields skips the others: a twelfth of the time that the whole case takes, which is
    what a recovery of many cases is made of. `gc` is off since no head can be part of a circle.
    """

    case_id: str
    kind: CaseKind
    state: CaseState
    src: int
    group_key: str
    asked: AskedHead | None
    timing: Timing
    account: str
    rules: list[str]
    fingerprints: bytes = b""
    frozen_ms: int | None = None
    deadline_ms: int | None = None
    prompt: PromptHead | None = None
    push: PushState | None = None
    page: PageState | None = None
    fold: Fold | None = None
    incident: IncidentNote | None = None
    ended_ms: int | None = None
    outbox: list[OutboxItem] = []


AnyCase = Case | CaseHead
"""A case, as much of it as indexes and deadlines ask for."""


def urgency_of(case: AnyCase) -> str:
    """How urgent the case's page is: "high" but for an incident that says otherwise."""
    return case.incident.urgency if case.incident is not None else HIGH
