"""Opening: the first call of a group, an alert, or trouble of the pipeline makes a case."""

from agents.decisions.case.counting import note_of
from agents.decisions.case.draft import Draft
from agents.decisions.case.escalate import escalate
from agents.decisions.case.ids import case_id, incident_case_id
from agents.decisions.case.shelf import Shelf
from streams.records.actor import Actor, ActorKind, Confidence
from streams.records.case import Case, CaseKind, CaseState
from streams.records.command import CallCommand, Incident
from streams.records.fact import FactKind
from streams.records.timing import Limits, Timing
from streams.records.verdict import Action

GROUP_BY = ("account", "rule", "event", "region", "source")
"""What `group_by` of a rule may name; it refines the actor and never spans actors."""

DAY_MS = 86_400_000


def group_key(command: CallCommand) -> str:
    """Which calls share a question: one actor, whatever the rule refines by, one timing."""
    decision, summary = command.decision, command.summary
    if decision.action is Action.ALERT:
        return f"alert {summary.fingerprint.hex()}"
    actor = decision.actor
    fields = {
        "account": summary.account,
        "rule": summary.rule,
        "event": f"{summary.event_source}:{summary.event_name}",
        "region": summary.region,
        "source": summary.source,
    }
    timing = decision.timing
    refined = [fields[name] for name in decision.group_by if name in fields]
    who = [actor.kind, actor.person or "", actor.claim or "", actor.confidence, actor.account or ""]
    if decision.unaskable == "late":
        who = []  # late calls of an account end in one page, whoever made them
    times = [
        timing.group_wait_ms,
        timing.group_interval_ms,
        timing.prompt_timeout_ms,
        timing.push_timeout_ms,
        timing.delivery_timeout_ms,
    ]
    marks = [str(decision.unaskable), str(decision.late), str(decision.observe), str(decision.guard)]
    return "\x1f".join([command.actor_key, *who, *refined, *map(str, times), *marks])


def open_case(command: CallCommand, shelf: Shelf, now_ms: int, src: int) -> Draft:
    """A new case for this call: an alert goes straight to its page, a notify call starts a group."""
    decision, summary = command.decision, command.summary
    key = group_key(command)
    alert = decision.action is Action.ALERT
    case = Case(
        case_id=case_id(decision.actor, key, command.received_ms, summary.fingerprint),
        kind=CaseKind.ALERT if alert else CaseKind.QUESTION,
        state=CaseState.COLLECTING,
        seq=0,
        src=src,
        partition=shelf.partition,
        actor=decision.actor,
        actor_key=command.actor_key,
        group_key=key,
        asked=decision.asked,
        unaskable=decision.unaskable,
        observe=decision.observe,
        guard=decision.guard,
        timing=decision.timing,
        limits=decision.limits,
        account=summary.account,
        rules=list(decision.rules),
        opened_ms=now_ms,
        group_start_ms=command.received_ms,
        deadline_ms=None if alert else _collect_until(decision.timing, shelf.last_frozen_ms(key), now_ms),
    )
    return Draft(case, now_ms, src)


def _collect_until(timing: Timing, frozen_ms: int | None, now_ms: int) -> int:
    """A run that goes on after a question is folded into the next one, an interval after the last."""
    until_ms = now_ms + timing.group_wait_ms
    return until_ms if frozen_ms is None else max(until_ms, frozen_ms + timing.group_interval_ms)


def open_incident(
    command: Incident, shelf: Shelf, now_ms: int, src: int, *, limits: Limits, observe: bool
) -> Draft:
    """A case of the pipeline's own trouble, straight to its page; the same incident_id is the same case."""
    actor = Actor(ActorKind.SERVICE, None, "countersign", Confidence.NONE, "the pipeline itself", command.account)
    key = f"incident {command.incident_id}"
    case = Case(
        case_id=incident_case_id(command.incident_id, now_ms // DAY_MS),
        kind=CaseKind.INCIDENT,
        state=CaseState.COLLECTING,
        seq=0,
        src=src,
        partition=shelf.partition,
        actor=actor,
        actor_key=key,
        group_key=key,
        asked=None,
        unaskable=None,
        observe=observe,
        guard=command.guard,
        timing=Timing(),
        limits=limits,
        account=command.account,
        rules=[],
        opened_ms=now_ms,
        group_start_ms=now_ms,
        incident=note_of(command),
    )
    draft = Draft(case, now_ms, src)
    draft.fact(FactKind.OPENED, incident=command.kind, summary=command.summary)
    escalate(draft, shelf, command.kind)
    return draft
