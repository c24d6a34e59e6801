"""Case head: what finds a case again, and what lies ahead of it, in the clear before the rest of an entry."""

from hashlib import sha256

from msgspec import Struct

from streams.records.case import HIGH, Case, CaseKind, CaseState, EffectKind

MARK_BYTES = 7
"""An int of so many bytes takes 32 in memory, a longer one 48; none finds by chance two names that share one."""


class AskedHead(Struct, frozen=True, array_like=True, gc=False):
    """Who is asked."""

    person: str


class TimingHead(Struct, frozen=True, array_like=True, gc=False):
    """When a question is reminded of."""

    reminder_after_ms: int


class PromptHead(Struct, frozen=True, array_like=True, gc=False):
    """The question's times, and whether it was reminded of."""

    asked_ms: int
    delivered_ms: int | None = None
    reminded: bool = False


class PushHead(Struct, frozen=True, array_like=True, gc=False):
    """Whether a push may be out, or waits for its turn."""

    not_after_ms: int | None = None
    queued_ms: int | None = None
    result: str | None = None


class PageHead(Struct, frozen=True, array_like=True, gc=False):
    """When the page was emitted."""

    emitted_ms: int


class FoldHead(Struct, frozen=True, array_like=True, gc=False):
    """Which aggregate holds the case."""

    aggregate_id: str


class IncidentHead(Struct, frozen=True, array_like=True, gc=False):
    """How urgent an incident is, and how much of it its page has told."""

    urgency: str
    count: int
    told: int
    told_ms: int | None = None


class OutboxHead(Struct, frozen=True, array_like=True, gc=False):
    """An effect that is under way."""

    kind: EffectKind
    attempt: int
    since_ms: int


class CaseHead(Struct, frozen=True, array_like=True, gc=False):
    """What indexes and deadlines follow from; where names are those of a `Case`, so are the meanings.

    `group` is the mark of the case's group, `alerts` what it alerts about. A recovery of many cases is made of
    decoding these. `gc` is off since no head can be part of a circle. A new field goes to the end, with a default.
    """

    case_id: str
    state: CaseState
    src: int
    group: int
    account: str
    asked: AskedHead | None
    timing: TimingHead
    fingerprints: bytes = b""
    frozen_ms: int | None = None
    deadline_ms: int | None = None
    prompt: PromptHead | None = None
    ended_ms: int | None = None
    outbox: list[OutboxHead] = []
    push: PushHead | None = None
    page: PageHead | None = None
    fold: FoldHead | None = None
    incident: IncidentHead | None = None
    alerts: list[str] = []


AnyCase = Case | CaseHead
"""A case, as much of it as deadlines ask for."""


def head_of(case: Case) -> CaseHead:
    """The head of a case."""
    prompt, push, incident = case.prompt, case.push, case.incident
    return CaseHead(
        case_id=case.case_id,
        state=case.state,
        src=case.src,
        group=group_mark(case.group_key),
        account=case.account,
        asked=AskedHead(case.asked.person) if case.asked else None,
        timing=TimingHead(case.timing.reminder_after_ms),
        fingerprints=case.fingerprints,
        frozen_ms=case.frozen_ms,
        deadline_ms=case.deadline_ms,
        prompt=PromptHead(prompt.asked_ms, prompt.delivered_ms, prompt.reminded) if prompt else None,
        ended_ms=case.ended_ms,
        outbox=[OutboxHead(item.kind, item.attempt, item.since_ms) for item in case.outbox],
        push=PushHead(push.not_after_ms, push.queued_ms, push.result) if push else None,
        page=PageHead(case.page.emitted_ms) if case.page else None,
        fold=FoldHead(case.fold.aggregate_id) if case.fold else None,
        incident=IncidentHead(incident.urgency, incident.count, incident.told, incident.told_ms)
        if incident
        else None,
        alerts=alert_names(case),
    )


def group_mark(group_key: str) -> int:
    """A group by a short name; who finds something by it compares the group's own key."""
    return mark_of(sha256(group_key.encode("utf-8", "surrogatepass")).digest())


def mark_of(digest: bytes) -> int:
    """The beginning of a hash, as what it is looked up by."""
    return int.from_bytes(digest[:MARK_BYTES], "big")


def alert_names(case: Case) -> list[str]:
    """What an alert or an incident alerts about; a question alerts about nothing until somebody is asked."""
    if case.incident is not None:
        return [case.incident.kind]
    return case.rules if case.kind is CaseKind.ALERT else []


def urgency_of(case: AnyCase) -> str:
    """How urgent the case's page is: "high" but for an incident that says otherwise."""
    return case.incident.urgency if case.incident is not None else HIGH
