"""The flow: triage and cases over one log in memory, and engineers who answer as is their way."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from agents.cases import TIMER_KEY
from agents.decisions.case.emit import Effect
from agents.decisions.directory import Directory, Person
from agents.decisions.judge import Policy
from agents.decisions.rules import Rule, RuleSet
from agents.decisions.rules.pattern import parse_pattern
from agents.triage import Triage
from streams.log.record import Record
from streams.records.call import CallFrame, Feed, FramedCall, WaitOver
from streams.records.call_frame import frame_bytes
from streams.records.case import ENDS, EffectKind
from streams.records.codec import to_wire
from streams.records.command import (
    Answered,
    Command,
    CommandFrame,
    Delivered,
    Due,
    EffectDone,
    PageAccepted,
    PushResult,
    PushStarted,
)
from streams.records.effect import Page, Poll, Prompt, Push
from streams.records.timing import Limits, Timing
from streams.records.verdict import Action
from streams.shell.message import Message, Send
from streams.topics import APP_ID, Topic, changelog
from tables.seen import SeenTable
from tables.sessions import SessionsTable
from tables.tallies import TallyTable
from tests.support import cloudtrail
from tests.support.cases import T0, click
from tests.support.frames import marked
from tests.support.journal import Journal, read_journal
from tests.support.worker import Changelog, Worker, effect_in

HOUR_MS = 3_600_000
NAMES = ("ada", "grace", "linus")
ANSWERS: Mapping[str, tuple[str, str]] = {"ada": ("yes", "allow"), "grace": ("no", ""), "linus": ("yes", "deny")}
"""What a person clicks, and what they tap on the phone after it."""

EVENTS = {
    "CreateUser": Action.NOTIFY,
    "CreateAccessKey": Action.NOTIFY,
    "DeleteUser": Action.ALERT,
    "TagUser": Action.LOG,
}
LIVE = Feed("live", cloudtrail.ACCOUNT)
BACKFILL = Feed("past", cloudtrail.ACCOUNT, backfill=True)


def policy(timing: Timing | None = None) -> Policy:
    """Four events of IAM, and three people with IAM users of their names."""
    rules = [
        Rule(f"iam.{event.lower()}", event, action, "because", parse_pattern(_names(event)).branches)
        for event, action in EVENTS.items()
    ]
    people = [Person(name, name.title(), f"U{name}", name, iam={cloudtrail.ACCOUNT: (name,)}) for name in NAMES]
    return Policy(
        RuleSet(rules, "v1"), Directory(people), timing or Timing(), Limits(), 24 * HOUR_MS, observe=False
    )


def _names(event: str) -> dict[str, list[str]]:
    return {"eventSource": ["iam.amazonaws.com"], "eventName": [event]}


def record(number: int, who: str, event: str, at_ms: int = T0) -> dict[str, Any]:
    """The record of a call; its number makes it another one."""
    identity = {"type": "IAMUser", "userName": who, "accountId": cloudtrail.ACCOUNT}
    when = datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return cloudtrail.call(eventID=f"e{number}", eventName=event, userIdentity=identity, eventTime=when)


class MemoryLog:
    """A log of one partition a topic, in memory, readable as the embedded log is."""

    def __init__(self) -> None:
        self.messages: defaultdict[str, list[Record]] = defaultdict(list)
        self.offsets: dict[str, int] = {}

    def append(self, topic: str, key: bytes | None, value: bytes | None, now_ms: int) -> Record:
        stored = self.messages[topic]
        stored.append(Record(topic, 0, len(stored), now_ms, key, value))
        return stored[-1]

    def topics(self) -> list[str]:
        return sorted(self.messages)

    def partitions(self, topic: str) -> int:
        return 1

    def begin_offset(self, topic: str, partition: int) -> int:
        return 0

    def end_offset(self, topic: str, partition: int) -> int:
        return len(self.messages[topic])

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        return self.messages[topic][offset : offset + limit]

    def committed(self, group: str, topic: str, partition: int) -> int:
        assert group == APP_ID
        return self.offsets.get(topic, 0)


class Flow:
    """Frames in; verdicts, cases, questions and pages out. Every message is acknowledged once it is handled."""

    def __init__(self, held: Policy | None = None) -> None:
        self.log = MemoryLog()
        self.now_ms = T0
        self.policy = held or policy()
        self.worker = Worker()
        self.seen, self.sessions, self.tallies = Changelog(), Changelog(), Changelog()
        self.unanswered: list[Effect] = []
        self.triage = Triage(
            SeenTable(self.seen),
            SessionsTable(self.sessions),
            lambda: self.policy,
            1,
            TallyTable(self.tallies),
        )

    def message(self, topic: str, offset: int) -> Message:
        """A message of the log, as a shell hands it to an agent."""
        stored = self.log.messages[topic][offset]
        assert stored.value is not None
        return Message(topic, 0, offset, stored.timestamp_ms, stored.key, stored.value)

    def calls(self, records: Sequence[Mapping[str, Any]], feed: Feed = LIVE) -> None:
        """A frame of calls arrives."""
        framed = [
            FramedCall(0, f"m{number}", self.now_ms, None, json.dumps(one).encode())
            for number, one in enumerate(records)
        ]
        self.append(Topic.CALLS, b"k", frame_bytes(marked(CallFrame("v1", [feed], framed))))

    def append(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        """Append a message and have it handled, and all that it causes."""
        stored = self.log.append(topic, key, value, self.now_ms)
        if topic not in {Topic.CALLS, Topic.COMMANDS} or value is None:
            return
        tables = {
            "seen": self.seen,
            "tallies": self.tallies,
            "sessions": self.sessions,
            "cases": self.worker.cases,
            "counters": self.worker.counters,
        }
        before = {name: len(table.writes) for name, table in tables.items()}
        handle: Callable[[Message], Sequence[Send]] = (
            self.triage.handle if topic == Topic.CALLS else self.worker.agent.handle
        )
        sends = handle(self.message(topic, stored.offset))
        for name, table in tables.items():
            for write in table.writes[before[name] :]:
                self.log.append(changelog(name), write.key, write.value, self.now_ms)
        self.log.offsets[topic] = stored.offset + 1
        for send in sends:
            effect = effect_in(send)
            if effect is not None:
                self.unanswered.append(effect)
            self.append(send.topic, send.key, send.value)

    def command(self, *commands: Command, key: bytes = b"k") -> None:
        """Append a message of commands."""
        self.append(Topic.COMMANDS, key, to_wire(CommandFrame(list(commands))))

    def settle(self) -> Journal:
        """Let everybody answer and time go on until every case has come to its end; what the run left behind."""
        for _ in range(100):
            while self.unanswered:
                for command in replies(self.unanswered.pop(0)):
                    self.command(command)
            ended = all(case.state in ENDS and not case.outbox for case in self.worker.shelf.cases.values())
            if ended and not self.triage.waiting(0):
                return read_journal(self.log)
            self.pass_time(30_000)
        raise AssertionError("some case never came to its end")

    def pass_time(self, ms: int) -> None:
        """Time goes on, and the timer tells what is due."""
        self.now_ms += ms
        until_ms = self.triage.waits_until().get(0)
        if until_ms is not None and until_ms <= self.now_ms:
            self.append(Topic.CALLS, TIMER_KEY, to_wire(WaitOver()))
        overdue = self.worker.agent.deadlines[0].due(self.now_ms)
        if overdue:
            self.command(*[Due(one.subject, 0, one.at_ms, one.what) for one in overdue], key=TIMER_KEY)


def replies(effect: Effect) -> list[Command]:
    """What the world does about an effect, once."""
    match effect:
        case Prompt():
            answer, _ = ANSWERS[effect.question.person]
            delivered = Delivered(effect.case_id, effect.attempt, "D1", f"{effect.case_id}.1")
            clicked: Answered = click(effect, answer)
            return [delivered, clicked]
        case Push():
            return [PushStarted(effect.case_id, effect.attempt, f"tx-{effect.case_id}-{effect.attempt}")]
        case Poll():
            return [PushResult(effect.case_id, effect.attempt, effect.txid, ANSWERS[effect.duo_user][1])]
        case Page():
            return [PageAccepted(effect.subject, effect.attempt)]
        case _:
            kind = EffectKind(type(effect).__name__.lower())
            return [EffectDone(effect.case_id, kind, effect.attempt)]
