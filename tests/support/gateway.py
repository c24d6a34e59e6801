"""Hand-made cases and a log in memory, for what reads cases without a pipeline behind it."""

import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from agents.clients.button import Seal
from agents.clients.interaction import DetailsWanted
from agents.clients.signature import SignatureCheck
from agents.gateway.app import create_gateway
from agents.gateway.case_view import CaseView
from agents.gateway.deps import GatewayDeps, SlackAccess
from streams.clock import Clock
from streams.log.record import Record
from streams.records.actor import Actor, ActorKind, Asked, Confidence
from streams.records.call import Outcome
from streams.records.case import Case, CaseKind, CaseState
from streams.records.codec import to_entry
from streams.records.command import Command
from streams.records.fact import Fact, FactKind
from streams.records.summary import CallSummary, Line
from streams.records.timing import Limits, Timing
from streams.topics import changelog

NOW_MS = 1_790_000_000_000
TOPIC = changelog("cases")


class MemoryReader:
    """Topics in memory, with two partitions; `topics[name][partition]` is the list of messages."""

    def __init__(self) -> None:
        self.topics: dict[str, list[list[Record]]] = {}
        self.begin = 0
        self.broken: Exception | None = None

    def append(self, topic: str, partition: int, key: bytes, value: bytes | None) -> None:
        """One more message at the end of a partition."""
        parts = self.topics.setdefault(topic, [[], []])
        parts[partition].append(Record(topic, partition, len(parts[partition]), NOW_MS, key, value))

    def put(self, case: Case) -> None:
        """A case's new state on the changelog, in its partition."""
        self.append(TOPIC, case.partition, case.case_id.encode(), to_entry(case))

    def partitions(self, topic: str) -> int:
        if self.broken:
            raise self.broken
        return 2

    def begin_offset(self, topic: str, partition: int) -> int:
        return self.begin

    def end_offset(self, topic: str, partition: int) -> int:
        return len(self._of(topic, partition))

    def read(self, topic: str, partition: int, offset: int, limit: int) -> list[Record]:
        return self._of(topic, partition)[offset : offset + limit]

    def _of(self, topic: str, partition: int) -> list[Record]:
        return self.topics.get(topic, [[], []])[partition]


class Appended:
    """A log for commands, in memory."""

    def __init__(self) -> None:
        self.commands: list[tuple[int, str, Command]] = []

    async def __call__(self, partition: int, actor_key: str, command: Command) -> None:
        self.commands.append((partition, actor_key, command))


def summary(name: str = "AttachUserPolicy", risk: int = 80, **changes: Any) -> CallSummary:
    call = CallSummary(
        fingerprint=hashlib.sha256(name.encode()).digest(),
        rule="countersign.iam.user_policy",
        event_source="iam.amazonaws.com",
        event_name=name,
        account="111122223333",
        outcome=Outcome.OK,
        risk=risk,
        region="us-east-1",
        source="198.51.100.7",
        tool="Terraform",
        target="deploy-bot",
        event_id="0b7e1c54-0000-4000-8000-000000000001",
        event_time_ms=NOW_MS - 20_000,
        received_ms=NOW_MS - 15_000,
    )
    return msgspec.structs.replace(call, **changes)


def make_case(**changes: Any) -> Case:
    """A question of two calls to ada that waits for her answer, unless `changes` says otherwise."""
    calls = [summary(), summary("CreateUser", 60)]
    case = Case(
        case_id="abcdefghijklmnopqrstuvwx22",
        kind=CaseKind.QUESTION,
        state=CaseState.WAITING,
        seq=3,
        src=7,
        partition=1,
        actor=Actor(ActorKind.PERSON, "ada", "ada@example.com", Confidence.HIGH, "an SSO session", "111122223333"),
        actor_key="person/ada",
        group_key="person/ada",
        asked=Asked("ada", "Ada Lovelace", "U1", "ada"),
        unaskable=None,
        observe=False,
        guard=False,
        timing=Timing(),
        limits=Limits(),
        account="111122223333",
        rules=["countersign.iam.user_policy"],
        opened_ms=NOW_MS - 10_000,
        group_start_ms=NOW_MS - 15_000,
        calls=calls,
        lines=[Line(c.rule, f"{c.event_source}:{c.event_name}", c.account, c.source, c.outcome, 1) for c in calls],
        fingerprints=b"".join(call.fingerprint for call in calls),
        digest="d" * 64,
        deadline_ms=NOW_MS + 600_000,
    )
    case = msgspec.structs.replace(case, **changes)
    if case.facts:
        return case
    return msgspec.structs.replace(case, facts=[_fact(case, 1, FactKind.OPENED), _fact(case, 2, FactKind.ASKED)])


def _fact(case: Case, seq: int, kind: FactKind) -> Fact:
    return Fact(case.case_id, seq, case.opened_ms + seq, kind, case.src, case.actor_key, {})


SECRET = "a-signing-secret"
TEAM, APP = "T0STANDIN", "A0STANDIN"


@contextlib.asynccontextmanager
async def gateway(**changes: Any) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """A gateway that serves `view`, with a client that asks it as 127.0.0.1; `changes` are fields of its deps."""
    view = changes.pop("view", None) or CaseView(MemoryReader())
    deps = GatewayDeps(**{"view": view, "report": Appended(), "clock": lambda: NOW_MS, **changes})
    async with TestClient(TestServer(create_gateway(deps))) as client:
        yield client


async def _show_nothing(_wanted: DetailsWanted) -> None:
    return


def slack_access(
    show: Callable[[DetailsWanted], Awaitable[None]] = _show_nothing, clock: Clock = lambda: NOW_MS
) -> SlackAccess:
    """What the gateway needs to believe Slack; `show` hears which modals were asked for."""
    return SlackAccess(SignatureCheck([SECRET], clock), Seal([SECRET]), TEAM, APP, show)
