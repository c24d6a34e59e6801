"""Case story: one case as a row, and as a page of text for whoever has to understand it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from agents.gateway.words import FACTS, explained
from streams.records.case import Case
from streams.records.fact import Fact
from streams.records.summary import CallSummary

FINGERPRINT_BYTES = 32

Runbooks = Mapping[str, tuple[str, str]]
"""Title and runbook of each rule."""


def when(at_ms: int | None) -> str | None:
    """A time in UTC, to the second: 2026-01-02T03:04:05Z."""
    if at_ms is None:
        return None
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def row(case: Case) -> dict[str, Any]:
    """What lists and exports say of a case; times in UTC."""
    prompt, push, page = case.prompt, case.push, case.page
    return {
        "case_id": case.case_id,
        "kind": str(case.kind),
        "state": str(case.state),
        "reason": case.reason,
        "who": who(case),
        "person": case.actor.person,
        "confidence": str(case.actor.confidence),
        "account": case.account,
        "calls": len(case.fingerprints) // FINGERPRINT_BYTES,
        "rules": list(case.rules),
        "opened": when(case.opened_ms),
        "asked": when(prompt.asked_ms) if prompt and not case.observe else None,  # observe never sends it
        "delivered": when(prompt.delivered_ms) if prompt else None,
        "answered": when(prompt.answered_ms) if prompt else None,
        "answer": prompt.answer if prompt else None,
        "push": push.result if push else None,
        "paged": when(page.accepted_ms) if page else None,
        "ended": when(case.ended_ms),
    }


def whole(case: Case, facts: list[Fact]) -> dict[str, Any]:
    """Everything about a case as JSON has it; fingerprints in hex."""
    built: dict[str, Any] = msgspec.to_builtins(case, builtin_types=(bytes,))
    calls = [{**call, "fingerprint": call["fingerprint"].hex()} for call in built["calls"]]
    marks = case.fingerprints.hex()
    size = 2 * FINGERPRINT_BYTES
    built |= {"calls": calls, "fingerprints": [marks[at : at + size] for at in range(0, len(marks), size)]}
    return built | {"facts": [msgspec.to_builtins(fact) for fact in facts]}


def who(case: Case) -> str:
    """The person where one is proven, else what the record claims."""
    return case.asked.name if case.asked is not None else case.actor.claim or str(case.actor.kind)


def story(case: Case, facts: list[Fact], runbooks: Runbooks) -> Iterator[str]:
    """The lines of the page: what it is, the calls, what happened when, and what to do."""
    yield f"case {case.case_id}"
    yield f"{case.state}: {explained(case)}"
    if case.reason is not None:
        yield f"reason: {case.reason}"
    yield f"who: {who(case)} ({case.actor.kind}, confidence {case.actor.confidence}): {case.actor.why}"
    yield f"account: {case.account}"
    if case.incident is not None:
        yield f"incident: {case.incident.summary}"
        if case.incident.count > 1:
            yield f"records: {case.incident.count}"
    yield ""
    yield from _calls(case)
    yield "what happened (UTC)"
    for fact in facts:
        data = "  ".join(f"{key}={_plain(value)}" for key, value in fact.data.items())
        yield f"  {when(fact.at_ms)}  {FACTS[fact.kind]}  {data}".rstrip()
    if not facts:
        yield "  nothing is in the case log yet"
    for rule in case.rules:
        title, runbook = runbooks.get(rule, ("no rule of this id is configured any more", ""))
        yield ""
        yield f"rule {rule}: {title}"
        yield from (f"  {line}" for line in runbook.splitlines())


def _calls(case: Case) -> Iterator[str]:
    count = len(case.fingerprints) // FINGERPRINT_BYTES
    if count == 0:
        return
    yield f"calls: {count}, of which {len(case.calls)} in full, the riskiest first"
    yield from (f"  {_call(call)}" for call in case.calls)
    if count > len(case.calls):
        yield from (
            f"  {line.count} x {line.event} in {line.account} from {line.source} ({line.outcome})"
            for line in case.lines
        )
    yield ""


def _call(call: CallSummary) -> str:
    source, name = call.event_source.removesuffix(".amazonaws.com"), call.event_name
    parts = [when(call.event_time_ms) or "no time", f"{source}:{name}", call.target, f"({call.outcome}"]
    parts[-1] += f": {call.error})" if call.error else ")"
    parts += [f"from {call.source}" if call.source else "", f"with {call.tool}" if call.tool else ""]
    return "  ".join(part for part in parts if part)


def _plain(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
