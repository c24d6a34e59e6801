"""Company: the rules, people and numbers of the simulated runs, and the records of their calls."""

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from agents.decisions.directory import Directory, Person
from agents.decisions.judge import Policy
from agents.decisions.rules import Rule, RuleSet
from agents.decisions.rules.pattern import parse_pattern
from streams.records.timing import Limits, Timing
from streams.records.verdict import Action
from tests.support import cloudtrail
from tests.support.sessions import A, B

T0 = 1_800_000_000_000
HOUR_MS = 3_600_000
TIMING = Timing(
    group_wait_ms=10_000,
    group_interval_ms=20_000,
    prompt_timeout_ms=90_000,
    reminder_after_ms=30_000,
    push_timeout_ms=30_000,
    delivery_timeout_ms=30_000,
)
GRANT_WAIT_S = 12.0
TIGHT = Limits(prompts_per_person_hour=1, pages_per_account_hour=2)
EVENTS = {
    "CreateUser": Action.NOTIFY,
    "CreateAccessKey": Action.NOTIFY,
    "DeleteUser": Action.ALERT,
    "TagUser": Action.LOG,
    "StopLogging": Action.ALERT,
}
GUARDED = {"StopLogging"}
PEOPLE = [
    Person("ada", "Ada Lovelace", "U0ADA", "ada", iam={cloudtrail.ACCOUNT: ("ada",)}),
    Person("grace", "Grace Hopper", "U0GRACE", "grace", iam={cloudtrail.ACCOUNT: ("grace",)}),
    Person("mute", "Mute Swan", None, "mute", iam={cloudtrail.ACCOUNT: ("mute",)}),
    Person("bare", "Bare Hands", "U0BARE", None, iam={cloudtrail.ACCOUNT: ("bare",)}),
]
CALLERS = ("ada", "ada", "ada", "ada", "grace", "grace", "grace", "mute", "bare", "nobody")


def iso(at_ms: int) -> str:
    """A time as CloudTrail writes it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Made(NamedTuple):
    """One call somebody makes: its number makes it another one; `broken` is no record at all."""

    number: int
    who: str
    event: str
    late: bool = False
    broken: bool = False

    @property
    def credential(self) -> bytes:
        return f"AKIA{self.who.upper()}".encode()

    def record(self) -> bytes:
        """Its bytes, the same whenever it is delivered."""
        if self.broken:
            return b"[%d]" % self.number
        at_ms = T0 - (30 * HOUR_MS if self.late else 1_000)
        identity = {
            "type": "IAMUser",
            "userName": self.who,
            "accountId": cloudtrail.ACCOUNT,
            "accessKeyId": self.credential.decode(),
        }
        when = iso(at_ms)
        changes: dict[str, Any] = {"eventID": f"e{self.number}", "eventName": self.event, "userIdentity": identity}
        return json.dumps(cloudtrail.call(**changes, eventTime=when)).encode()


@cache
def policy(*, tight: bool, stricter: bool = False) -> Policy:
    """Five events of IAM as rules, and four people, of whom one has no Slack and one no Duo.

    `stricter` is the next version of the rules: an access key is no question any more, it pages.
    """
    actions = {**EVENTS, "CreateAccessKey": Action.ALERT} if stricter else EVENTS
    rules = [
        Rule(
            f"iam.{event.lower()}",
            event,
            action,
            "because",
            parse_pattern({"eventSource": ["iam.amazonaws.com"], "eventName": [event]}).branches,
            guard=event in GUARDED,
        )
        for event, action in actions.items()
    ]
    issued = parse_pattern({"eventSource": ["sts.amazonaws.com"]}).branches
    rules.append(Rule("sts.issued", "a session was issued", Action.LOG, "because", issued))
    return Policy(
        RuleSet(rules, "v2" if stricter else "v1"),
        Directory(PEOPLE),
        TIMING,
        TIGHT if tight else Limits(),
        24 * HOUR_MS,
        observe=False,
        grant_wait_ms=round(GRANT_WAIT_S * 1_000),
        feeds=frozenset({A, B}),
    )
