"""Explained: one item of a file as the line that `explain` prints about it."""

import traceback
from collections.abc import Mapping
from typing import Any

from agents.cli.output import note
from agents.decisions.judge import Judgement, Policy, judge
from agents.decisions.times import event_time_ms
from streams.envelopes.item import CallItem, Control, Item, Pointer
from streams.records.account import account_of
from streams.records.actor import Actor
from streams.records.fingerprint import fingerprint
from streams.records.verdict import Action

Line = dict[str, Any]


def explained(item: Item, policy: Policy) -> Line:
    """The line without its file and index.

    A call is judged alone: no grants, counts 0, age 0, never late. One that makes a decision raise is a dead
    letter, as in triage, and its traceback is told on standard error.
    """
    if isinstance(item, CallItem):
        try:
            return _call(item, policy)
        except Exception:  # noqa: BLE001 - whatever a record makes us raise is its own dead letter (I14)
            note(traceback.format_exc(limit=8))
            return {"outcome": "dead_letter", "reason": "exception"}
    if isinstance(item, Control):
        return {"outcome": "control", "reason": item.reason}
    if isinstance(item, Pointer):
        return {"outcome": "pointer", "reason": item.reason}
    return {"outcome": "dead_letter", "reason": item.reason}


def _call(item: CallItem, policy: Policy) -> Line:
    fields = item.fields
    account = account_of(fields, item.account)
    judged = judge(fields, account=account, policy=policy, received_ms=None)
    decision = judged.decision
    return {
        "outcome": "call",
        "event_id": _text(fields, "eventID"),
        "fingerprint": fingerprint(fields).hex(),
        "event_source": fields["eventSource"],
        "event_name": fields["eventName"],
        "account": account,
        "event_time_ms": event_time_ms(fields.get("eventTime")),
        "actor": _actor(judged.actor),
        "action": str(decision.action) if decision else "none",
        "rules": decision.rules if decision else [],
        "asks": _asks(judged),
        "why": judged.why,
    }


def _asks(judged: Judgement) -> str | None:
    """Who would be asked: nobody about what is only logged or pages at once, nor one who cannot be reached."""
    decision = judged.decision
    if decision is None or decision.action is not Action.NOTIFY or decision.unaskable is not None:
        return None
    return decision.asked.person if decision.asked else None


def _actor(actor: Actor) -> Line:
    return {
        "kind": str(actor.kind),
        "person": actor.person,
        "claim": actor.claim,
        "confidence": str(actor.confidence),
        "why": actor.why,
    }


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) else None
