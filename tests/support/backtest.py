"""A small company and its recorded calls, for backtests: who they are, which rules hold, what they did when."""

import json
from datetime import UTC, datetime

from agents.backtest.replay import Answers
from agents.backtest.report import Report, report
from agents.backtest.run import backtest
from agents.backtest.sent import Sent
from agents.decisions.directory import Directory, Person
from agents.decisions.judge import Policy
from agents.decisions.rules import Rule, RuleSet
from agents.decisions.rules.pattern import parse_pattern
from streams.envelopes.item import CallItem, Item
from streams.records.timing import Limits, Timing
from streams.records.verdict import Action

ACCOUNT = "111122223333"
T0 = int(datetime(2026, 1, 2, 3, 0, tzinfo=UTC).timestamp()) * 1000


def rule(number: int, action: Action, event: str, **options: object) -> Rule:
    """A rule that names one event of IAM."""
    match = parse_pattern({"eventSource": ["iam.amazonaws.com"], "eventName": [event]}).branches
    return Rule(f"r{number}", f"Rule {number}", action, "because", match, **options)


RULES = (
    rule(1, Action.NOTIFY, "CreateUser"),
    rule(2, Action.NOTIFY, "CreateAccessKey"),
    rule(3, Action.ALERT, "DeleteUser"),
    rule(4, Action.LOG, "TagUser"),
    rule(5, Action.LOG, "CreateUser"),
)


def person(name: str, slack: str | None = "U", duo: str | None = "d") -> Person:
    """Somebody with an IAM user of their name."""
    return Person(name, name.title(), slack and f"{slack}{name}", duo and f"{duo}{name}", iam={ACCOUNT: (name,)})


PEOPLE = Directory([person("ada"), person("grace"), person("mute", slack=None)])


def policy(
    *rules: Rule, people: Directory = PEOPLE, timing: Timing | None = None, limits: Limits | None = None
) -> Policy:
    """A policy of these rules, observing, with a lateness that everything here exceeds."""
    return Policy(
        rules=RuleSet(rules or RULES, "v"),
        directory=people,
        timing=timing or Timing(),
        limits=limits or Limits(),
        lateness_ms=1,
        observe=True,
    )


def record(
    name: str = "CreateUser", who: str = "ada", at_s: int | None = 0, number: int = 0, account: str = ACCOUNT
) -> dict[str, object]:
    """A call made `at_s` seconds after T0; None has no time, and another number is another call."""
    fields: dict[str, object] = {
        "eventVersion": "1.11",
        "eventID": f"e-{name}-{who}-{at_s}-{number}",
        "eventSource": "iam.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "userIdentity": {
            "type": "IAMUser",
            "userName": who,
            "accountId": account,
            "arn": f"arn:aws:iam::{account}:user/{who}",
        },
        "requestParameters": {"userName": f"n{number}"},
        "recipientAccountId": account,
    }
    if at_s is not None:
        fields["eventTime"] = datetime.fromtimestamp(T0 / 1000 + at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return fields


def item(fields: dict[str, object]) -> CallItem:
    """The record as unwrapping gives it."""
    return CallItem(json.dumps(fields).encode(), fields)


def run(
    records: list[dict[str, object] | Item], held: Policy | None = None, answers: Answers = Answers.YES
) -> tuple[Report, list[Sent]]:
    """Backtest records as they come; returns the report and everything that was sent."""
    sent: list[Sent] = []
    items = [one if not isinstance(one, dict) else item(one) for one in records]
    done = backtest(items, held or policy(), answers, sent.append)
    assert not done.broken, done.broken
    return report(done.intake, done.tally), sent
