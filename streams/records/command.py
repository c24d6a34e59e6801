"""Command: whatever a case, or an aggregate, must react to. All travel on `commands`, keyed by actor."""

from msgspec import Struct

from streams.records.beat import Beat
from streams.records.case import EffectKind
from streams.records.seen import Decision
from streams.records.summary import CallSummary


class CallCommand(Struct, frozen=True, tag="call"):
    """A call that was decided notify or alert."""

    actor_key: str
    decision: Decision
    received_ms: int
    summary: CallSummary


class Due(Struct, frozen=True, tag="due"):
    """A deadline passed, or an effect is unanswered; the owner's state decides whether that still holds.

    `effect` names the outbox item to emit again ("page:1"); None means the case's own deadline.
    """

    case_id: str
    seq: int
    deadline_ms: int
    effect: str | None = None


class Answered(Struct, frozen=True, tag="answered"):
    """A click in Slack, as the signed interaction told it; `answer` is "yes" or "no"."""

    case_id: str
    digest: str
    answer: str
    user_id: str
    team_id: str
    app_id: str
    channel: str
    message_ts: str
    action_ts: str


class Delivered(Struct, frozen=True, tag="delivered"):
    """Slack took the question (or it was found in the conversation's history)."""

    case_id: str
    attempt: int
    channel: str
    ts: str


class EffectFailed(Struct, frozen=True, tag="effect_failed"):
    """An effect did not work. `final` says that trying again is of no use; `expired` passed its not_after."""

    case_id: str
    kind: EffectKind
    attempt: int
    reason: str
    final: bool


class EffectDone(Struct, frozen=True, tag="effect_done"):
    """A Slack update or reminder was taken."""

    case_id: str
    kind: EffectKind
    attempt: int


class PushStarted(Struct, frozen=True, tag="push_started"):
    """Duo gave a transaction id for a push."""

    case_id: str
    attempt: int
    txid: str


class PushResult(Struct, frozen=True, tag="push_result"):
    """Duo's last word on a transaction: allow, deny, fraud, timeout or error; `detail` is Duo's own text."""

    case_id: str
    attempt: int
    txid: str
    result: str
    detail: str = ""


class PageAccepted(Struct, frozen=True, tag="page_accepted"):
    """PagerDuty answered 202; `subject` is a case or aggregate id, `by` pager, watchdog or supervisor."""

    subject: str
    attempt: int
    by: str = "pager"
    at_ms: int | None = None


class Incident(Struct, frozen=True, tag="incident"):
    """Trouble of the pipeline that must page; `incident_id` makes the case id, so a repeat is one case.

    `guard` lifts it above the ceilings: whoever sets it must ration such incidents itself. With a `place` (topic
    and partition) and an `offset` there, the case counts what comes under its id: `count` more records, which
    name the calls `names`; an offset that is not above the last one of the place adds nothing.
    """

    incident_id: str
    kind: str
    urgency: str
    account: str
    summary: str
    details: dict[str, str] = {}
    guard: bool = False
    count: int = 1
    names: list[str] = []
    place: str = ""
    offset: int = -1


class CaseSweep(Struct, frozen=True, tag="sweep"):
    """Forget cases that ended before `before_ms`, and aggregates that are done."""

    before_ms: int


Command = (
    CallCommand
    | Due
    | Answered
    | Delivered
    | EffectFailed
    | EffectDone
    | PushStarted
    | PushResult
    | PageAccepted
    | Incident
    | CaseSweep
)


class CommandFrame(Struct, frozen=True):
    """One message on `commands`: commands of one partition, applied in order.

    One with a worker's `beat` has no commands and changes no case.
    """

    commands: list[Command]
    v: int = 1
    beat: Beat | None = None
