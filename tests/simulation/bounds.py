"""Bounds: how late a page may be, given what happened to workers and to PagerDuty meanwhile."""

from typing import Any

from agents.decisions.case.ids import dedup_key
from streams.records.case import Case
from streams.records.codec import from_entry
from streams.records.fact import Fact, FactKind
from streams.topics import changelog
from tests.simulation.company import T0
from tests.support.journal import Journal

WELL_MS = 30_000
"""Nothing happened beside it (I3, I4)."""
WATCHED_MS = 95_000
"""Whatever happened: the workers' 30 s, the watchdog's 60 s, and one of its looks."""
REPEAT_MS = 66_000
"""How long after an outage of PagerDuty the next try of a page may come."""
FOLDED_MS = 61_000
AROUND_MS = 45_000
NEVER_MS = 1 << 62
LAST = {"sleep", "jump", "cut", "hang"}
"""These take as long as their amount says."""
COSTS_MS = {
    "sleep": 30_000,
    "cut": 30_000,
    "hang": 30_000,
    "crash": 30_000,
    "rebalance": 15_000,
    "leave": 15_000,
    "halt": 30_000,
    "log.append": 5_000,
}


def in_time(world: Any, journal: Journal) -> list[str]:
    """I3, I4: from the deadline, the denial or the alert's arrival to PagerDuty's 202."""
    facts = journal.facts_of()
    states: dict[str, list[Case]] = {}
    for case in journal.cases:
        states.setdefault(case.case_id, []).append(case)
    shown = _shown(world)
    found = []
    for case_id, case in journal.last().items():
        escalated = next((fact for fact in facts[case_id] if fact.kind is FactKind.ESCALATED), None)
        if escalated is None:
            continue
        due_ms, lapsed = _due_ms(states[case_id], escalated)
        watched = lapsed and shown.get((case_id, due_ms), NEVER_MS) <= due_ms
        key, folded_ms = _key(case)
        took = [at_ms for at_ms, taken, _ in world.pagerduty.triggers if taken == key and at_ms >= due_ms - 60_000]
        took_ms = min(took, default=None)
        allowed_ms = _allowed_ms(world, due_ms, watched=watched, until_ms=took_ms or due_ms) + folded_ms
        if took_ms is None:
            found.append(f"case {case_id} was due at {(due_ms - T0) / 1000:.1f} and never paged")
        elif took_ms - due_ms > allowed_ms:
            late_s, allowed_s = (took_ms - due_ms) / 1000, allowed_ms / 1000
            told = f"due at {(due_ms - T0) / 1000:.1f}, paged {late_s:.1f} s later, allowed {allowed_s:.1f}"
            found.append(f"case {case_id} ({case.reason}) was {told}")
    return found


def _shown(world: Any) -> dict[tuple[str, int | None], int]:
    """Since when the log shows each deadline of each case; before, no watchdog can know of it."""
    found: dict[tuple[str, int | None], int] = {}
    for partition in range(world.log.count):
        for one in world.log.read(changelog("cases"), partition, 0, 1_000_000):
            if one.value is not None:
                case = from_entry(Case, one.value)
                found.setdefault((case.case_id, case.deadline_ms), one.timestamp_ms)
    return found


def _due_ms(states: list[Case], escalated: Fact) -> tuple[int, bool]:
    """The deadline that lapsed; else, with False, when the reason came: an alert, a No, a denied push."""
    first = states[0]
    if first.kind == "alert":
        return first.group_start_ms, False
    before = [state.deadline_ms for state in states if state.seq < escalated.seq]
    last_ms = before[-1] if before else None
    if last_ms is not None and last_ms <= escalated.at_ms:
        return last_ms, True
    return escalated.at_ms, False


def _key(case: Case) -> tuple[str, int]:
    """Under which key it is paged, and what a fold may add."""
    if case.fold is not None:
        return dedup_key(case.fold.aggregate_id), FOLDED_MS
    return dedup_key(case.case_id), 0


def _allowed_ms(world: Any, due_ms: int, *, watched: bool, until_ms: int) -> int:
    """30 s, more for what happened around it, at most the watchdog's bound; an outage stops the clock."""
    allowed_ms = WELL_MS
    for at_ms, kind, amount in world.strikes:
        lasts_ms = round(abs(amount) * 1000) if kind in LAST else 0
        since_ms = NEVER_MS if kind == "jump" else at_ms + lasts_ms
        if at_ms <= max(due_ms + WATCHED_MS, until_ms) and since_ms >= due_ms - AROUND_MS:
            allowed_ms += COSTS_MS.get(kind, 0) + lasts_ms
            allowed_ms += 8_000 if kind.startswith("pagerduty.") else 0
    if watched:
        allowed_ms = min(allowed_ms, WATCHED_MS)
    for window in world.weather["pagerduty"].windows:
        begin_ms, end_ms = (T0 + round(at_s * 1000) for at_s in (window.begin_s, window.end_s))
        if due_ms <= end_ms and begin_ms <= due_ms + allowed_ms:
            allowed_ms = max(allowed_ms, end_ms - due_ms + REPEAT_MS)
    return allowed_ms
