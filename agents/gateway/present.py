"""Present: what a page says of a case, made from the case and its facts alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from agents.decisions.case.ids import FINGERPRINT_BYTES
from agents.decisions.case.page_text import who
from agents.gateway.deps import RuleNote
from agents.gateway.words import (
    BAD_FACTS,
    DEADLINES,
    FACTS,
    GOOD_FACTS,
    SHOWN_DATA,
    TONES,
    WOULD_ASK,
    WOULD_PAGE,
    badge,
    explained,
    in_words,
    would,
)
from streams.records.case import ENDS, Case, CaseState
from streams.records.fact import Fact, FactKind


@dataclass(frozen=True, slots=True)
class Row:
    """A case in a list. `deadline_ms` is what the countdown runs to, `counts_to` what happens then."""

    case_id: str
    title: str
    who: str
    account: str
    state: str
    tone: str
    explained: str
    reason: str
    opened_ms: int
    ended_ms: int | None
    deadline_ms: int | None
    counts_to: str
    took_ms: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a timeline."""

    at_ms: int
    title: str
    detail: str
    tone: str


@dataclass(frozen=True, slots=True)
class Today:
    """What ended since midnight UTC, and what is open. `would_...` are those of observe mode, among `reported`."""

    open: int
    verified: int
    paged: int
    reported: int
    would_ask: int
    would_page: int


def row(case: Case, accounts: Mapping[str, str]) -> Row:
    """The line a list shows."""
    return Row(
        case_id=case.case_id,
        title=title(case),
        who=who(case),
        account=accounts.get(case.account) or case.account,
        state=badge(case),
        tone=TONES.get(case.state, "open"),
        explained=explained(case),
        reason=in_words(case.reason) if case.reason else "",
        opened_ms=case.opened_ms,
        ended_ms=case.ended_ms,
        deadline_ms=case.deadline_ms if case.state in DEADLINES else None,
        counts_to=DEADLINES.get(case.state, ""),
        took_ms=None if case.ended_ms is None else max(0, case.ended_ms - case.opened_ms),
    )


def title(case: Case) -> str:
    """What happened, in a few words."""
    if case.incident is not None:
        return case.incident.summary
    if not case.calls:
        return str(case.kind)
    count = len(case.fingerprints) // FINGERPRINT_BYTES
    more = f" and {count - 1} more" if count > 1 else ""
    return f"{case.calls[0].event_name}{more}"


def timeline(case: Case, facts: list[Fact]) -> list[Step]:
    """From the first call to the outcome; the call itself comes before anything we did."""
    steps = [_step(fact) for fact in facts]
    if not any(fact.kind is FactKind.OPENED for fact in facts):
        steps.insert(0, Step(case.opened_ms, FACTS[FactKind.OPENED], "", "open"))
    times = [call.event_time_ms for call in case.calls if call.event_time_ms is not None]
    if times:
        steps.insert(0, Step(min(times), "First call made in AWS", case.calls[0].event_source, "open"))
        steps.insert(1, Step(case.group_start_ms, "Received by Countersign", "", "open"))
    return steps


def _step(fact: Fact) -> Step:
    tone = "good" if fact.kind in GOOD_FACTS else "bad" if fact.kind in BAD_FACTS else "open"
    said = [_said(key, fact.data[key]) for key in SHOWN_DATA if fact.data.get(key)]
    return Step(fact.at_ms, FACTS[fact.kind], ", ".join(said), tone)


def _said(key: str, value: object) -> str:
    if key == "reason":
        return in_words(str(value))
    if key == "count" and value == 1:
        return "1 call"
    return SHOWN_DATA[key].format(value)


def notes(case: Case, rules: Mapping[str, RuleNote]) -> list[RuleNote]:
    """The rules of a case; one that is no longer in the rules is named all the same."""
    return [rules.get(rule_id) or RuleNote(rule_id, rule_id) for rule_id in case.rules]


def today(open_cases: list[Case], ended: list[Case], now_ms: int) -> Today:
    """The counts of the overview."""
    midnight_ms = now_ms - now_ms % 86_400_000
    todays = [case for case in ended if (case.ended_ms or 0) >= midnight_ms]
    states = [case.state for case in todays]
    observed = [would(case) for case in todays]
    return Today(
        open=sum(case.state not in ENDS for case in open_cases),
        verified=states.count(CaseState.VERIFIED),
        paged=states.count(CaseState.PAGED),
        reported=states.count(CaseState.REPORTED),
        would_ask=observed.count(WOULD_ASK),
        would_page=observed.count(WOULD_PAGE),
    )
