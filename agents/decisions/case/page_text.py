"""What a responder reads at three in the morning: who, what, where, why it pages, what was said so far."""

from agents.decisions.case.ids import FINGERPRINT_BYTES
from streams.records.aggregate import Aggregate
from streams.records.case import HIGH, Case, IncidentNote

MAX_SUMMARY = 1_024
"""PagerDuty's Events API v2 cuts summaries there."""

REASONS = {
    "alert": "an alert rule fired",
    "denied": "the engineer answered No",
    "no_answer": "the engineer did not answer in time",
    "unreachable": "the question could not be delivered",
    "unattributed": "nobody is proven to have made the call",
    "contradicted": "its session is said to be of several people",
    "policy": "callers who are proven no further page, by the rule or the account",
    "root": "root made the call, and root is nobody to ask",
    "no_slack": "the engineer has no Slack account on file",
    "no_duo": "the engineer has no Duo account on file",
    "push_denied": "the Duo push was denied",
    "push_timeout": "the Duo push was not answered in time",
    "push_failed": "the Duo push could not be sent",
    "push_error": "Duo answered with an error",
    "fraud": "the engineer reported the Duo push as fraud",
    "duo_denied": "Duo does not let the engineer in",
    "bypass": "Duo would let the engineer pass without a push",
    "not_enrolled": "the engineer is not enrolled in Duo",
    "contradiction": "the engineer answered No after it was verified",
    "prompt_ceiling": "too many questions were sent to this engineer",
    "late": "the calls arrived too late to ask about",
    "watchdog": "the pipeline did not act on a deadline",
}


def page_summary(case: Case) -> str:
    """One line: what, who, account, why it pages."""
    if case.incident is not None:
        return _incident_summary(case.incident)
    why = REASONS.get(case.reason or "", case.reason or "")
    count = len(case.fingerprints) // FINGERPRINT_BYTES
    first = case.calls[0]
    more = f" and {count - 1} more call{'s' if count > 2 else ''}" if count > 1 else ""
    return f"{first.event_name}{more} by {who(case)} in account {first.account}: {why}"[:MAX_SUMMARY]


def who(case: Case) -> str:
    """The person where one is proven, else what the record claims."""
    if case.asked is not None and case.asked.person == case.actor.person:
        return case.asked.name
    return case.actor.claim or str(case.actor.kind)


def page_details(case: Case) -> dict[str, str]:
    """The facts a responder needs, as plain text values; event text is data here, never markup."""
    if case.incident is not None:
        return _incident_details(case.incident) | {"case": case.case_id}
    details = {
        "why": REASONS.get(case.reason or "", case.reason or ""),
        "who": f"{who(case)} ({case.actor.kind}, confidence {case.actor.confidence}: {case.actor.why})",
        "rules": ", ".join(case.rules),
        "case": case.case_id,
    }
    for number, call in enumerate(case.calls[:5], start=1):
        details[f"call {number}"] = (
            f"{call.event_source}:{call.event_name} in {call.account} {call.region} "
            f"from {call.source} ({call.outcome}) {call.target}"
        ).strip()
    lines = [f"{line.count}x {line.event} in {line.account} from {line.source}" for line in case.lines]
    details["calls"] = "; ".join(lines)[:2_000]
    if case.asked is not None and case.asked.person != case.actor.person:
        details["asked"] = f"{case.asked.name}, who owns the account"
    if case.prompt is not None and case.prompt.answer is not None:
        details["answer"] = f"{case.prompt.answer} by {case.prompt.answered_by}"
    if case.push is not None and case.push.result is not None:
        details["push"] = case.push.result
    return details


def _incident_summary(note: IncidentNote) -> str:
    more = f" ({note.count} records by now)" if note.count > 1 else ""
    return note.summary[: MAX_SUMMARY - len(more)] + more


def _incident_details(note: IncidentNote) -> dict[str, str]:
    details = {"kind": note.kind, **note.details}
    if note.counted:
        details["records"] = str(note.count)
    if note.names:
        details["names"] = ", ".join(note.names)
    return details


def aggregate_summary(aggregate: Aggregate) -> str:
    """One line for many cases."""
    urgency = "" if aggregate.urgency == HIGH else f"{aggregate.urgency}-urgency "
    cases = f"{aggregate.count} {urgency}case{'' if aggregate.count == 1 else 's'}"
    return f"{cases} beyond the ceiling of {aggregate.scope} (Countersign)"[:MAX_SUMMARY]


def aggregate_details(aggregate: Aggregate) -> dict[str, str]:
    """The first cases in words, all of them counted."""
    listed = {f"case {number}": sample for number, sample in enumerate(aggregate.samples, start=1)}
    return {"cases": str(aggregate.count), "scope": aggregate.scope, **listed}
