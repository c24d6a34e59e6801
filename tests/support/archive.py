"""Verdicts, cases and a log in memory for the archivist."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import Raw

from streams.records.actor import Actor, ActorKind, Asked, Confidence
from streams.records.call import Feed
from streams.records.case import Case, CaseKind, CaseState
from streams.records.timing import Limits, Timing
from streams.records.verdict import Action, End, Verdict
from tests.support.vendors import NOW_MS

ADA_ACTOR = Actor(ActorKind.PERSON, "ada", "ada.l", Confidence.HIGH, "IAM user ada.l", "111122223333")
RECORD = {
    "eventName": "StopLogging",
    "eventSource": "cloudtrail.amazonaws.com",
    "awsRegion": "eu-west-1",
    "sourceIPAddress": "203.0.113.7",
    "userAgent": "aws-cli/2.15",
    "userIdentity": {"type": "IAMUser"},
    "requestParameters": {"name": "trail"},
}


def a_verdict(*, record: dict | None = None, **changes) -> Verdict:
    fields = {
        "fingerprint": "ab" * 32,
        "action": Action.ALERT,
        "end": End.CASE,
        "rules": ["countersign.guard.stop-logging"],
        "actor": ADA_ACTOR,
        "asked": None,
        "why": "a guard rule",
        "event_source": "cloudtrail.amazonaws.com",
        "event_name": "StopLogging",
        "event_id": "e-1",
        "account": "111122223333",
        "event_time_ms": NOW_MS,
        "received_ms": NOW_MS,
        "late": False,
        "feed": Feed("sqs"),
        "position": "m-1",
        "rules_version": "r1",
        "record": Raw(json.dumps({**RECORD, **(record or {})}).encode()),
    }
    return Verdict(**{**fields, **changes})


def a_case(**changes) -> Case:
    fields = {
        "case_id": "CASEAAAAAAAAAAAAAAAAAAAAAA",
        "kind": CaseKind.QUESTION,
        "state": CaseState.VERIFIED,
        "seq": 7,
        "src": 12,
        "partition": 0,
        "actor": ADA_ACTOR,
        "actor_key": "person/ada",
        "group_key": "g",
        "asked": Asked("ada", "Ada", "U0ADA", "ada"),
        "unaskable": None,
        "observe": False,
        "guard": False,
        "timing": Timing(),
        "limits": Limits(),
        "account": "111122223333",
        "rules": ["example.rule"],
        "opened_ms": NOW_MS,
        "group_start_ms": NOW_MS,
        "fingerprints": b"\x01" * 32,
        "ended_ms": NOW_MS + 60_000,
    }
    return Case(**{**fields, **changes})


class Kept(NamedTuple):
    offset: int
    value: bytes | None


class MemoryLog:
    """Topics by (name, partition), and a group's offsets; it counts what was committed before it was written."""

    def __init__(self) -> None:
        self.topics: dict[tuple[str, int], list[Kept]] = {}
        self.offsets: dict[tuple[str, str, int], int] = {}

    def append(self, topic: str, partition: int, *values: bytes | None) -> None:
        kept = self.topics.setdefault((topic, partition), [])
        for value in values:
            kept.append(Kept(kept[-1].offset + 1 if kept else 0, value))

    async def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Kept]:
        return [each for each in self.topics.get((topic, partition), []) if each.offset >= offset][:limit]

    async def committed(self, group: str, topic: str, partition: int) -> int:
        return self.offsets.get((group, topic, partition), 0)

    async def commit(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        for (topic, partition), offset in offsets.items():
            self.offsets[group, topic, partition] = offset
