"""Collecting: which calls fit a question, and how they are shown on it."""

from bisect import insort

import msgspec

from agents.decisions.case.ids import FINGERPRINT_BYTES
from agents.decisions.summary import MAX_BYTES
from streams.records.case import Case
from streams.records.summary import CallSummary, Line

MAX_CALLS = 1_000
MAX_LISTED = 50
MAX_LINES = 30
MAX_CALL_BYTES = 40_000
"""Fingerprints and summaries together: the more calls there are, the fewer are listed in full.

With 9 KB of lines, and up to 15 KB for the facts, the rules and the actor, an entry stays below 64 KB.
"""


def line_of(summary: CallSummary) -> tuple[str, str, str, str, str]:
    """What makes calls alike enough to be counted on one line."""
    event = f"{summary.event_source}:{summary.event_name}"
    return (summary.rule, event, summary.account, summary.source, summary.outcome)


def fits(case: Case, summary: CallSummary) -> bool:
    """Whether a call can join a collecting case: there is room, and a line that counts it."""
    if len(case.fingerprints) >= MAX_CALLS * FINGERPRINT_BYTES:
        return False
    if len(case.lines) < MAX_LINES:
        return True
    wanted = line_of(summary)
    return any((line.rule, line.event, line.account, line.source, line.outcome) == wanted for line in case.lines)


def add_call(case: Case, summary: CallSummary) -> Case:
    """The case with this call: its fingerprint kept, the call counted, and listed in full if risky enough."""
    wanted = line_of(summary)
    lines = list(case.lines)
    for at, line in enumerate(lines):
        if (line.rule, line.event, line.account, line.source, line.outcome) == wanted:
            lines[at] = msgspec.structs.replace(line, count=line.count + 1)
            break
    else:
        rule, event, account, source, _ = wanted
        lines.append(Line(rule, event, account, source, summary.outcome, 1))
    fingerprints = case.fingerprints + summary.fingerprint
    return msgspec.structs.replace(
        case,
        calls=_riskiest(case.calls, summary, MAX_CALL_BYTES - len(fingerprints)),
        lines=lines,
        fingerprints=fingerprints,
        rules=case.rules if summary.rule in case.rules else sorted([*case.rules, summary.rule]),
    )


def _riskiest(calls: list[CallSummary], further: CallSummary, room: int) -> list[CallSummary]:
    """The riskiest calls first, then the earliest; bounded in number and by `room` in bytes.

    Those of before are in this order. Done for each call that joins: so nothing is measured that has to fit.
    """
    listed = [*calls]
    insort(listed, further, key=_rank)
    del listed[MAX_LISTED:]
    if len(listed) * MAX_BYTES <= room or len(msgspec.msgpack.encode(listed)) <= room:
        return listed
    kept: list[CallSummary] = []
    for call in listed:
        room -= len(msgspec.msgpack.encode(call))
        if room < 0:
            break
        kept.append(call)
    return kept


def _rank(call: CallSummary) -> tuple[int, int, int, bytes]:
    """Calls of one delivery came at the same time, so their own time tells them apart before chance does."""
    happened_ms = call.received_ms if call.event_time_ms is None else call.event_time_ms
    return (-call.risk, call.received_ms, happened_ms, call.fingerprint)
