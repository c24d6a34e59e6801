"""Case story: one case as a row, and as a page of text for whoever has to understand it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from agents.cli.near_paths import near
from agents.decisions.case.page_text import REASONS, who
from agents.gateway.deps import RuleNote
from agents.gateway.present import title
from agents.gateway.words import DEADLINES, FACTS, badge, explained, in_words
from streams.records.case import Case, IncidentNote
from streams.records.fact import Fact
from streams.records.summary import CallSummary

FINGERPRINT_BYTES = 32

RuleNotes = Mapping[str, RuleNote]
"""What is said of each rule, by its id."""


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


def story(case: Case, facts: list[Fact], notes: RuleNotes) -> Iterator[str]:
    """The lines of the page: what it is, the calls, what happened when, who decided it and what to do."""
    yield f"case {case.case_id}: {title(case)}"
    yield f"{badge(case)}: {explained(case)}"
    if case.reason is not None:
        words = in_words(case.reason)
        yield f"reason: {words}{f' ({case.reason})' if case.reason in REASONS else ''}"
    if case.deadline_ms is not None and case.state in DEADLINES:
        yield f"next: {DEADLINES[case.state].removesuffix(' in')} at {when(case.deadline_ms)}"
    if case.incident is None:
        yield f"who: {who(case)} ({case.actor.kind}, confidence {case.actor.confidence}): {case.actor.why}"
    yield f"account: {case.account}"
    yield from _exchange(case)
    yield from _incident(case.incident)
    yield ""
    yield from _calls(case)
    yield "what happened (UTC)"
    for fact in facts:
        data = "  ".join(f"{key}={_plain(value)}" for key, value in fact.data.items())
        yield f"  {when(fact.at_ms)}  {FACTS[fact.kind]}  {data}".rstrip()
    if not facts:
        yield "  nothing is in the case log yet"
    for rule in case.rules:
        yield from _rule(notes.get(rule) or RuleNote(rule, "no rule of this id is configured any more"))
    if not case.rules:
        yield ""
        yield "no rule: this is about the pipeline itself; docs/how-to/when-paged.md says what each kind means"


def _exchange(case: Case) -> Iterator[str]:
    """Who was asked or why nobody, what came back, and what became of the page."""
    prompt, push, page = case.prompt, case.push, case.page
    if case.asked is not None:
        yield f"{'would be asked' if case.observe else 'asked'}: {case.asked.name}"
    if case.unaskable is not None:
        yield f"not asked: {in_words(case.unaskable)}"
    if prompt is not None and prompt.answer is not None:
        yield f"answer: {prompt.answer}, by {prompt.answered_by} at {when(prompt.answered_ms)}"
    if push is not None and push.txids:
        yield f"Duo push: {push.result or 'on the phone'} ({', '.join(push.txids)})"
    if page is not None:
        sent = f"accepted at {when(page.accepted_ms)}" if page.accepted_ms is not None else "being sent"
        yield f"page: {sent}{f', by the {page.by}' if page.by else ''}"


def _incident(note: IncidentNote | None) -> Iterator[str]:
    """What the page of an incident tells the responder: the details, how many records, and their calls."""
    if note is None:
        return
    yield f"incident: {note.summary}"
    yield f"  kind: {note.kind}"
    yield f"  urgency: {note.urgency}"
    yield from (f"  {name}: {value}" for name, value in note.details.items())
    if note.counted or note.count > 1:
        yield f"  records: {note.count}"
    if note.names:
        yield f"  calls named: {', '.join(note.names)}"


def _rule(note: RuleNote) -> Iterator[str]:
    yield ""
    yield f"rule {note.rule_id}: {note.title}{f' ({near(note.file)})' if note.file else ''}"
    if note.because:
        yield f"  because: {note.because}"
    yield from (f"  {line}" for line in note.runbook.splitlines())


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
    parts += [f"in {call.region}" if call.region else "", f"event {call.event_id}" if call.event_id else ""]
    return "  ".join(part for part in parts if part)


def _plain(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
