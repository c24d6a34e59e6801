"""Triage run: triage alone over the messages of `calls`, killed and started again wherever a test says."""

import json
from collections.abc import Sequence
from typing import Any

from agents.decisions.judge import Policy
from agents.triage import Triage
from streams.records.call import CallFrame, Feed, FramedCall, WaitOver
from streams.records.call_frame import frame_bytes
from streams.records.codec import from_wire, to_wire
from streams.records.command import CallCommand, CommandFrame
from streams.records.dead_letter import DeadLetter
from streams.records.verdict import VerdictFrame
from streams.shell.message import Message, Send
from streams.topics import Topic
from tables.seen import SeenTable
from tables.sessions import SessionsTable
from tables.tallies import TallyTable
from tests.support import cloudtrail
from tests.support.cases import T0
from tests.support.frames import marked
from tests.support.worker import Changelog

LIVE = Feed("live", cloudtrail.ACCOUNT)


class Tables:
    """The changelogs of triage's two tables, in the one order in which they are written."""

    def __init__(self) -> None:
        self.writes: list[tuple[str, bytes, bytes | None]] = []

    def backing(self, name: str) -> Changelog:
        """A table's backing that begins with what was written."""
        tables = self

        class Backing(Changelog):
            def put(self, key: bytes, value: bytes) -> None:
                super().put(key, value)
                tables.writes.append((name, key, value))

            def remove(self, key: bytes) -> None:
                super().remove(key)
                tables.writes.append((name, key, None))

        made = Backing()
        for table, key, value in self.writes:
            if table == name:
                (Changelog.put if value is not None else Changelog.remove)(made, key, *([value] if value else []))
        return made


class TriageRun:
    """A log of calls and what triage made of it: `told` has each decision a call was ever given, by eventID."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.log: list[Message] = []
        self.told: dict[str, set[tuple[str, str, str | None]]] = {}
        self.commanded: dict[bytes, set[tuple[str, str | None]]] = {}
        self.incidents: set[str] = set()
        self.letters: set[str] = set()
        self.next = 0
        self.now_ms = T0
        self.tables = Tables()
        self._start()

    def _start(self) -> None:
        backings = [self.tables.backing(name) for name in ("seen", "sessions", "tallies")]
        seen, sessions, tallies = backings
        self.triage = Triage(SeenTable(seen), SessionsTable(sessions), lambda: self.policy, 1, TallyTable(tallies))
        for backing in backings:
            backing.assign()

    def calls(self, records: Sequence[dict[str, Any]]) -> None:
        """A frame of calls is appended."""
        framed = [
            FramedCall(0, f"m{number}", self.now_ms, None, json.dumps(one).encode())
            for number, one in enumerate(records)
        ]
        self.append(frame_bytes(marked(CallFrame("v1", [LIVE], framed))))

    def append(self, value: bytes) -> None:
        """A message is appended to `calls`."""
        self.log.append(Message(Topic.CALLS, 0, len(self.log), self.now_ms, b"k", value))

    def handle(self) -> None:
        """Handle everything there is, and what the timer then has to say."""
        while True:
            while self.next < len(self.log):
                self.one()
            until_ms = self.triage.waits_until().get(0)
            if until_ms is None or until_ms > self.now_ms:
                return
            self.append(to_wire(WaitOver()))

    def one(self, *, writes: int | None = None, sends: int | None = None, back: int = 0) -> None:
        """Handle the next message; with `writes` or `sends` the worker dies after so many of them.

        The next one then begins `back` messages earlier than this one, which was not acknowledged.
        """
        before = len(self.tables.writes)
        made = self.triage.handle(self.log[self.next])
        if writes is not None and writes < len(self.tables.writes) - before:
            del self.tables.writes[before + writes :]
            made = []
        self._send(made if sends is None else made[:sends])
        self.next += 1
        if writes is not None or sends is not None:
            self.next = max(0, self.next - 1 - back)
            self._start()

    def _send(self, sends: Sequence[Send]) -> None:
        for send in sends:
            assert send.value is not None
            if send.topic == Topic.CALLS:
                self.append(send.value)
            elif send.topic == Topic.VERDICTS:
                for one in from_wire(VerdictFrame, send.value).verdicts:
                    self.told.setdefault(str(one.event_id), set()).add((str(one.action), str(one.end), one.asked))
            elif send.topic == Topic.DEAD_LETTERS:
                self.letters.add(from_wire(DeadLetter, send.value).position)
            elif send.topic == Topic.COMMANDS:
                self._command(send.value)

    def _command(self, value: bytes) -> None:
        for one in from_wire(CommandFrame, value).commands:
            if isinstance(one, CallCommand):
                asked = one.decision.asked.person if one.decision.asked else None
                self.commanded.setdefault(one.summary.fingerprint, set()).add((one.actor_key, asked))
            else:
                self.incidents.add(one.incident_id)  # type: ignore[union-attr]  # triage sends no other
