"""Case: one verification from its first call to its end, as the `cases` table keeps it."""

from enum import StrEnum

from msgspec import Struct

from streams.records.actor import Actor, Asked
from streams.records.fact import Fact
from streams.records.summary import CallSummary, Line
from streams.records.timing import Limits, Timing

HIGH = "high"
"""How urgent a page is, but for that of an incident that says otherwise."""


class CaseState(StrEnum):
    """Where a case stands; verified, paged and reported are ends and do not change."""

    COLLECTING = "collecting"
    PROMPTING = "prompting"
    WAITING = "waiting"
    CHALLENGING = "challenging"
    ESCALATED = "escalated"
    VERIFIED = "verified"
    PAGED = "paged"
    REPORTED = "reported"


ENDS = frozenset({CaseState.VERIFIED, CaseState.PAGED, CaseState.REPORTED})


class CaseKind(StrEnum):
    """A question groups notify calls, an alert is one call, an incident is trouble of the pipeline itself."""

    QUESTION = "question"
    ALERT = "alert"
    INCIDENT = "incident"


class EffectKind(StrEnum):
    """What a case can have under way outside."""

    PROMPT = "prompt"
    UPDATE = "update"
    REMIND = "remind"
    PUSH = "push"
    POLL = "poll"
    PAGE = "page"
    FOLD = "fold"


class OutboxItem(Struct, frozen=True):
    """An effect that is intended and not yet confirmed; (kind, attempt) names it inside its case."""

    kind: EffectKind
    attempt: int
    since_ms: int
    not_after_ms: int | None = None


class SlackMessage(Struct, frozen=True):
    """One message of the case in Slack; an ambiguous send may leave two."""

    channel: str
    ts: str


class PromptState(Struct, frozen=True):
    """The question: when it was sent out, what came of it, and where its messages are."""

    asked_ms: int
    not_after_ms: int
    messages: list[SlackMessage] = []
    delivered_ms: int | None = None
    reminded: bool = False
    answer: str | None = None
    answered_ms: int | None = None
    answered_by: str | None = None


class PushState(Struct, frozen=True):
    """The Duo push of a case; `txids` holds every transaction Duo gave us for it.

    `queued_ms` is set while the Yes waits for another live push of the same person to end.
    """

    attempt: int = 0
    yes_ms: int = 0
    not_after_ms: int | None = None
    queued_ms: int | None = None
    txids: list[str] = []
    result: str | None = None


class PageState(Struct, frozen=True):
    """The page of a case: why, when it was emitted, and when PagerDuty accepted it (202), by whom sent."""

    reason: str
    emitted_ms: int
    accepted_ms: int | None = None
    by: str | None = None


class Fold(Struct, frozen=True):
    """The aggregated page that holds this case instead of a page of its own."""

    aggregate_id: str
    page: int
    reason: str


class IncidentNote(Struct, frozen=True):
    """What an incident case tells the responder.

    `count` is how many records it stands for, `told` how many its page counted when that was last sent out, at
    `told_ms`; `names` are the calls that the records name. `counted` holds, by topic and partition, the offset of
    the last message whose records are in `count`: what is told again is not counted again.
    """

    kind: str
    summary: str
    urgency: str
    details: dict[str, str] = {}
    count: int = 1
    told: int = 1
    told_ms: int | None = None
    names: list[str] = []
    counted: dict[str, int] = {}


class Case(Struct, frozen=True):
    """One verification; ids are derived, times are epoch milliseconds UTC of the log's clock.

    `src` is the offset on `commands` of the last command applied: the same offset again is a replay.
    `fingerprints` is 32 raw bytes a call, in order of arrival; `calls` holds the riskiest in full.
    Invariants: `seq` rises by one per transition; once `frozen_ms` is set, calls, lines, fingerprints and
    `digest` never change; an end state never changes.
    """

    case_id: str
    kind: CaseKind
    state: CaseState
    seq: int
    src: int
    partition: int
    actor: Actor
    actor_key: str
    group_key: str
    asked: Asked | None
    unaskable: str | None
    observe: bool
    guard: bool
    timing: Timing
    limits: Limits
    account: str
    rules: list[str]
    opened_ms: int
    group_start_ms: int
    calls: list[CallSummary] = []
    lines: list[Line] = []
    fingerprints: bytes = b""
    digest: str | None = None
    frozen_ms: int | None = None
    deadline_ms: int | None = None
    prompt: PromptState | None = None
    push: PushState | None = None
    page: PageState | None = None
    fold: Fold | None = None
    incident: IncidentNote | None = None
    reason: str | None = None
    ended_ms: int | None = None
    outbox: list[OutboxItem] = []
    facts: list[Fact] = []
    v: int = 1
