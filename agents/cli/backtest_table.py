"""Backtest table: the numbers by which noise is tuned: which rules cost how many questions, and whom."""

from collections.abc import Iterable, Mapping
from typing import Any

from agents.backtest.intake import Intake
from agents.backtest.sent import UNATTRIBUTED, SentKind
from agents.backtest.tally import Span, Tally, instant
from agents.cli.output import table
from agents.decisions.rules import RuleSet
from streams.counted import counted

DAY_MS = 86_400_000
PEOPLE_SHOWN = 20


def tables(intake: Intake, tally: Tally, rules: RuleSet) -> str:
    """The summary, the rules with the most questions first, then the people."""
    days = _days(intake)
    parts = [_summary(intake, tally, days), _by_rule(intake, tally, rules, days), _by_person(tally, days)]
    return "\n".join(part for part in parts if part)


def _days(intake: Intake) -> float:
    """How many days the calls span; less than a day counts as one, for a rate of an hour misleads."""
    if intake.earliest_ms is None or intake.latest_ms is None:
        return 1.0
    return max(1.0, (intake.latest_ms - intake.earliest_ms) / DAY_MS)


def _summary(intake: Intake, tally: Tally, days: float) -> str:
    questions, pages = tally.total(SentKind.QUESTION), tally.total(SentKind.PAGE)
    twice = counted(intake.records - intake.distinct, "copy", "copies")
    decided = ", ".join(f"{number:,} {action}" for action, number in intake.by_action.items())
    lines = [
        ("calls", f"{intake.distinct:,} and {twice}; {counted(intake.dead_letters, 'dead letter')}"),
        ("decided", decided),
        (
            "questions",
            f"{questions.total:,} to {_people(len(questions.by_person))}{_rate(questions.total, days)}",
        ),
        ("", f"at most {tally.max_prompts_person_hour} to one person in an hour"),
        ("pages", f"{pages.total:,}{_rate(pages.total, days)}"),
    ]
    if intake.earliest_ms is not None and intake.latest_ms is not None:
        long = f"{days:.1f} {'day' if days == 1 else 'days'}"
        span = f"{instant(intake.earliest_ms)} to {instant(intake.latest_ms)} ({long})"
        lines.insert(0, ("time", span))
    return "".join(f"{name:<10} {text}\n" for name, text in lines)


def _by_rule(intake: Intake, tally: Tally, rules: RuleSet, days: float) -> str:
    """`alone` counts the questions that would not have been asked without this rule."""
    actions = {rule.id: str(rule.action) for rule in rules.rules}
    asked, paged = (tally.by_rule[kind] for kind in SentKind)
    rows = [
        {
            "rule": rule,
            "action": actions.get(rule),
            "calls": calls,
            "questions": asked[rule],
            "alone": tally.alone[rule],
            "a day": f"{asked[rule] / days:.1f}",
            "pages": paged[rule],
            "asks most": _most(tally.by_rule_person[rule]),
        }
        for rule, calls in intake.by_rule.items()
    ]
    return _aligned(sorted(rows, key=lambda row: (-row["questions"], -row["pages"], -row["calls"], row["rule"])))


def _by_person(tally: Tally, days: float) -> str:
    asked, paged = (tally.by_person[kind] for kind in SentKind)
    everyone = sorted(asked.keys() | paged.keys(), key=lambda person: (-asked[person], -paged[person], person))
    rows = [
        {
            "person": person,
            "questions": asked[person],
            "a day": f"{asked[person] / days:.1f}",
            "busiest day": _busiest(tally, person, Span.DAY),
            "busiest hour": _busiest(tally, person, Span.HOUR),
            "pages": paged[person],
        }
        for person in everyone[:PEOPLE_SHOWN]
    ]
    if UNATTRIBUTED in everyone[PEOPLE_SHOWN:]:
        rows.append({"person": UNATTRIBUTED, "questions": 0, "pages": paged[UNATTRIBUTED]})
    left = len(everyone) - PEOPLE_SHOWN
    more = f"and {counted(left, 'more person', 'more people')}; -o json has all of them\n" if left > 0 else ""
    return _aligned(rows) + more


def _busiest(tally: Tally, person: str, unit: Span) -> str | None:
    when, number = tally.busiest(person, unit)
    return f"{number} ({when})" if number else None


def _most(people: Mapping[str, int]) -> str | None:
    """The three who are asked most on behalf of a rule."""
    first = sorted(people.items(), key=lambda item: (-item[1], item[0]))[:3]
    return ", ".join(f"{person} {number}" for person, number in first) or None


def _people(number: int) -> str:
    return counted(number, "person", "people")


def _rate(number: int, days: float) -> str:
    return f", {number / days:.1f} a day" if number else ""


def _aligned(rows: Iterable[dict[str, Any]]) -> str:
    return table(list(rows))
