"""Stand-ins, clients that reach them without patience, and effects to hand to the agents."""

import random
from collections.abc import Sequence

from agents.clients.button import Seal
from agents.clients.duo import DuoClient
from agents.clients.pagerduty import PagerDutyClient
from agents.clients.patience import Patience
from agents.clients.slack import SlackClient
from agents.standins.duo import DuoPerson, DuoStandIn
from agents.standins.pagerduty import PagerDutyStandIn
from agents.standins.plan import Fault
from agents.standins.slack import SlackStandIn
from agents.standins.slack_state import SlackPerson
from streams.clock import wall_clock
from streams.records.call import Outcome
from streams.records.codec import to_wire
from streams.records.command import Command
from streams.records.effect import Page, Poll, Prompt, Push, Question, Remind, Update
from streams.records.summary import CallSummary, Line
from streams.shell.message import Message

QUICK = Patience(attempts=3, base_s=0.005, cap_s=0.02, honour_s=0.02)
ONCE = Patience(attempts=1, base_s=0.005, cap_s=0.02)
CASE = "CASEAAAAAAAAAAAAAAAAAAAAAA"
KEY = "person/ada"
ADA = "U0ADA"
LONG_S = 5.0
NOW_MS = 1_700_000_000_000


class Clock:
    """A clock that a test moves; without being moved it is the wall's."""

    def __init__(self) -> None:
        self.ahead_ms = 0

    def __call__(self) -> int:
        return wall_clock() + self.ahead_ms


class Reports:
    """What an effect agent told its case."""

    def __init__(self, fail: int = 0) -> None:
        self.commands: list[Command] = []
        self.places: list[tuple[int, str]] = []
        self._fail = fail

    async def __call__(self, partition: int, actor_key: str, command: Command) -> None:
        if self._fail:
            self._fail -= 1
            raise ConnectionError("the log is away")
        self.places.append((partition, actor_key))
        self.commands.append(command)


def rng() -> random.Random:
    return random.Random(7)


def timeout_for(fault: Fault) -> float:
    """Short where the fault is a wait, so that a test is; long elsewhere, so that a busy machine is no fault."""
    return 0.3 if fault.seconds else LONG_S


def slack_client(
    slack: SlackStandIn, *, patience: Patience = QUICK, token: str | None = None, timeout_s: float = LONG_S
) -> SlackClient:
    return SlackClient(
        api_url=f"{slack.url}/api/",
        bot_token=token or slack.bot_token,
        rng=rng(),
        timeout_s=timeout_s,
        patience=patience,
    )


def duo_client(
    duo: DuoStandIn, *, patience: Patience = QUICK, secret: str | None = None, timeout_s: float = LONG_S
) -> DuoClient:
    return DuoClient(
        api_url=duo.url,
        integration_key=duo.integration_key,
        secret_key=secret or duo.secret_key,
        rng=rng(),
        timeout_s=timeout_s,
        poll_timeout_s=timeout_s,
        patience=patience,
    )


def pagerduty_client(
    pagerduty: PagerDutyStandIn, *, patience: Patience = QUICK, timeout_s: float = LONG_S
) -> PagerDutyClient:
    return PagerDutyClient(
        events_url=pagerduty.url,
        routing_keys={"high": pagerduty.routing_key, "low": pagerduty.low_urgency_routing_key},
        rng=rng(),
        timeout_s=timeout_s,
        patience=patience,
        ca_file=str(pagerduty.ca_file),
    )


def seal() -> Seal:
    return Seal([SlackStandIn.signing_secret])


def ada_in_slack(slack: SlackStandIn) -> None:
    slack.people[ADA] = SlackPerson(ADA, "ada")


def ada_in_duo(duo: DuoStandIn, preauth: str = "auth") -> None:
    duo.people["ada"] = DuoPerson("ada", preauth, push=preauth == "auth")


def summary(**changes) -> CallSummary:
    fields = {
        "fingerprint": b"\x01" * 32,
        "rule": "example.open-security-group",
        "event_source": "ec2.amazonaws.com",
        "event_name": "AuthorizeSecurityGroupIngress",
        "account": "111122223333",
        "outcome": Outcome.OK,
        "risk": 5,
        "region": "eu-west-1",
        "source": "203.0.113.7",
        "tool": "aws-cli/2.15",
        "target": "groupId=sg-1",
        "event_time_ms": NOW_MS,
        "received_ms": NOW_MS,
    }
    return CallSummary(**{**fields, **changes})


def question(calls: Sequence[CallSummary] | None = None, **changes) -> Question:
    shown = list(calls) if calls is not None else [summary()]
    fields = {
        "case_id": CASE,
        "actor_key": KEY,
        "digest": "d" * 64,
        "person": "ada",
        "name": "Ada",
        "why": "IAM user ada",
        "rules": ["example.open-security-group"],
        "count": len(shown),
        "calls": shown,
        "lines": [
            Line(call.rule, f"{call.event_source}:{call.event_name}", call.account, call.source, call.outcome, 1)
            for call in shown
        ],
        "prompt_timeout_ms": 900_000,
        "push_timeout_ms": 60_000,
    }
    return Question(**{**fields, **changes})


def _common(now_ms: int, changes: dict) -> dict:
    fields = {
        "case_id": CASE,
        "actor_key": KEY,
        "partition": 3,
        "attempt": 1,
        "emitted_ms": now_ms,
        "not_after_ms": now_ms + 10_000,
    }
    return {**fields, **changes}


def prompt(now_ms: int, **changes) -> Prompt:
    return Prompt(**_common(now_ms, {"slack_user": ADA, "question": question(), **changes}))


def update(now_ms: int, places: list[tuple[str, str]], **changes) -> Update:
    own = {"channel_ts": places, "outcome": "verified", "data": {}, "question": question()}
    return Update(**_common(now_ms, {**own, **changes}))


def remind(now_ms: int, channel: str, ts: str, **changes) -> Remind:
    own = {"channel": channel, "ts": ts, "deadline_ms": now_ms + 600_000}
    return Remind(**_common(now_ms, {**own, **changes}))


def push(now_ms: int, **changes) -> Push:
    own = {"duo_user": "ada", "pushinfo": {"Action": "StopLogging", "Account": "production"}}
    return Push(**_common(now_ms, {**own, **changes}))


def poll(now_ms: int, txid: str, **changes) -> Poll:
    return Poll(**_common(now_ms, {"duo_user": "ada", "txid": txid, **changes}))


def page(now_ms: int, **changes) -> Page:
    fields = {
        "subject": CASE,
        "actor_key": KEY,
        "partition": 3,
        "attempt": 1,
        "emitted_ms": now_ms,
        "dedup_key": f"countersign-{CASE}",
        "urgency": "high",
        "summary": "StopLogging by Ada in account 111122223333: an alert rule fired",
        "source": "111122223333",
        "details": {"who": "Ada"},
    }
    return Page(**{**fields, **changes})


def wire(effect: object, partition: int = 3) -> Message:
    """An effect as it arrives from its topic."""
    return Message("effects", partition, 0, 0, KEY.encode(), to_wire(effect))
