"""Reading: the topics of a log, decoded into a journal."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import msgspec

from agents.audit.calls import calls_in
from agents.audit.clear import in_clear
from agents.decisions.audit.accounted import BRIDGE
from agents.decisions.audit.journal import AnyEffect, At, Called, Commanded, Exchanged, Journal, Judged
from agents.decisions.audit.outside import Leak
from agents.decisions.audit.secret_texts import SecretTexts
from streams.log.owners import Owners
from streams.log.reader import TopicReader
from streams.log.record import Record
from streams.records.aggregate import Aggregate
from streams.records.case import Case
from streams.records.codec import from_entry, from_wire
from streams.records.command import CommandFrame
from streams.records.dead_letter import DeadLetter
from streams.records.effect import Page, Poll, Prompt, Push, Remind, Update
from streams.records.fact import Fact
from streams.records.seen import SeenEntry
from streams.records.verdict import Verdict, VerdictFrame
from streams.topics import APP_ID, Topic, changelog, plan
from tables.waits import is_waiting_key

READ = 500
CASES = changelog("cases")
SEEN = changelog("seen")
COUNTERS = changelog("counters")
TABLES: dict[str, Any] = {CASES: Case, COUNTERS: Aggregate}
EFFECTS: tuple[tuple[str, Any], ...] = (
    (Topic.EFFECTS_PAGE, Page),
    (Topic.EFFECTS_SLACK, Prompt | Update | Remind),
    (Topic.EFFECTS_DUO, Push | Poll),
)
AUDITED = (
    *(Topic.CALLS, Topic.VERDICTS, Topic.DEAD_LETTERS, CASES, COUNTERS, Topic.CASE_LOG),
    *(topic for topic, _ in EFFECTS),
    Topic.COMMANDS,
)

Tick = Callable[[int], None]


class Log(TopicReader, Protocol):
    """What is read of a log, whichever of the two it is."""

    def topics(self) -> list[str]:
        """The names of all topics."""

    def committed(self, group: str, topic: str, partition: int) -> int:
        """The next offset that a group reads."""


class Verdicts(msgspec.Struct, frozen=True):
    """A frame of verdicts, as much of them as the checks need."""

    verdicts: list[Judged]


class Reading:
    """Reads a log once, from its beginning to its end, beside whoever writes it.

    What follows from a message is read after that message: so a pipeline at work looks complete. Only the commands
    come last, for facts are judged by them. `whole` keeps what the checks have no use for: the verdicts' records
    and the bodies that the bridge refused. `tick` is told how many messages were read. Where `secrets` are given
    key, value and headers of every message of all our topics are searched for them as they lie on the log,
    tombstones and what a former owner wrote among them.
    """

    def __init__(
        self,
        log: Log,
        *,
        whole: bool = False,
        tick: Tick = lambda _: None,
        secrets: SecretTexts | None = None,
    ) -> None:
        self._log = log
        self._whole = whole
        self._tick = tick
        self._topics = set(log.topics())
        self._secrets = secrets or SecretTexts()
        self._leaks: list[Leak] = []
        self._torn: dict[int, set[int]] = {}

    def total(self) -> int:
        """About how many messages there are to read."""
        return sum(end - begin for topic in self._read() for begin, end in self._bounds(topic))

    def trimmed(self) -> bool:
        """Whether retention has removed anything of what is read."""
        kept = [topic for topic in AUDITED if topic not in {CASES, COUNTERS}]
        return any(begin > 0 for topic in kept for begin, _ in self._bounds(topic))

    def oldest_ms(self) -> int:
        """When the oldest call that is still there was appended (epoch milliseconds UTC); 0 without any."""
        firsts = [
            one.timestamp_ms
            for partition, (begin, end) in enumerate(self._bounds(Topic.CALLS))
            if begin < end
            for one in self._log.read(Topic.CALLS, partition, begin, 1)
        ]
        return min(firsts, default=0)

    def journal(self, exchanges: Iterable[Exchanged] = (), *, kept_from_ms: int = 0) -> Journal:
        """All of it.

        Raises:
            LogUnusable: the log cannot be read, or does not answer.
            msgspec.DecodeError: a message that only our own agents write is none of theirs.
        """
        committed = self._committed()
        commands_from = dict(enumerate(begin for begin, _ in self._bounds(Topic.COMMANDS)))
        self._leaks, self._torn = [], {}
        waits = dict(self._waits())
        ends = [end for _, end in self._bounds(Topic.CALLS)]
        verdicts = list(self._verdicts())
        judged = {bytes.fromhex(verdict.fingerprint) for verdict in verdicts}
        journal = Journal(
            calls=list(self._calls(ends, judged)),
            verdicts=verdicts,
            dead_letters=list(self._dead_letters()),
            cases=[from_entry(Case, value) for _, value in self._messages(CASES)],
            aggregates=[from_entry(Aggregate, value) for _, value in self._messages(COUNTERS)],
            facts=[from_wire(Fact, value) for _, value in self._messages(Topic.CASE_LOG)],
            effects=list(self._effects()),
            commands=list(self._commands()),
            committed=committed,
            exchanges=list(exchanges),
            kept_from_ms=kept_from_ms,
            commands_from=commands_from,
            torn={partition: frozenset(offsets) for partition, offsets in self._torn.items()},
            waits=waits,
        )
        if not self._secrets:
            return journal
        for topic in self._read()[len(AUDITED) :]:
            for _ in self._messages(topic):
                pass
        return journal._replace(leaks=self._leaks)

    def _read(self) -> list[str]:
        """The topics to read; those that are only searched for secrets at the end."""
        ours = {one.name for one in plan(1)}  # a cluster may hold other people's topics
        return [*AUDITED, *sorted((self._topics & ours).difference(AUDITED))] if self._secrets else list(AUDITED)

    def _bounds(self, topic: str) -> list[tuple[int, int]]:
        if topic not in self._topics:
            return []
        log = self._log
        return [(log.begin_offset(topic, one), log.end_offset(topic, one)) for one in range(log.partitions(topic))]

    def _committed(self) -> dict[tuple[str, int], int]:
        return {
            (str(topic), partition): self._log.committed(APP_ID, topic, partition)
            for topic in (Topic.CALLS, Topic.COMMANDS)
            for partition in range(len(self._bounds(topic)))
        }

    def _verdicts(self) -> Iterator[Verdict | Judged]:
        for _, value in self._messages(Topic.VERDICTS):
            yield from (
                from_wire(VerdictFrame, value).verdicts if self._whole else from_wire(Verdicts, value).verdicts
            )

    def _calls(self, ends: list[int], judged: set[bytes]) -> Iterator[Called]:
        for at, value in self._messages(Topic.CALLS, ends):
            yield from calls_in(at, value, lambda mark: mark not in judged)

    def _waits(self) -> Iterator[tuple[bytes, int]]:
        """The calls that waited, settled since or not; of what the table holds besides, only entries are read."""
        for partition, (offset, end) in enumerate(self._bounds(SEEN)):
            for record in self._records(SEEN, partition, offset, end):
                if record.value is not None and record.key is not None and not is_waiting_key(record.key):
                    for call in from_entry(SeenEntry, record.value).calls:
                        if call.wait is not None:
                            yield call.fingerprint, call.wait.until_ms

    def _dead_letters(self) -> Iterator[DeadLetter]:
        for _, value in self._messages(Topic.DEAD_LETTERS):
            letter = from_wire(DeadLetter, value)
            bare = letter.stage == BRIDGE and not self._whole
            yield msgspec.structs.replace(letter, body=b"") if bare else letter

    def _effects(self) -> Iterator[AnyEffect]:
        for topic, kind in EFFECTS:
            for _, value in self._messages(topic):
                yield from_wire(kind, value)

    def _commands(self) -> Iterator[Commanded]:
        for at, value in self._messages(Topic.COMMANDS):
            for command in from_wire(CommandFrame, value).commands:
                yield Commanded(at, command)

    def _messages(self, topic: str, ends: list[int] | None = None) -> Iterator[tuple[At, bytes]]:
        """The messages of a topic, partition by partition; tombstones are passed over."""
        for partition, (offset, end) in enumerate(self._bounds(topic)):
            yield from self._partition(topic, partition, offset, ends[partition] if ends is not None else end)

    def _partition(self, topic: str, partition: int, offset: int, end: int) -> Iterator[tuple[At, bytes]]:
        for record in self._records(topic, partition, offset, end):
            if record.value is not None:
                yield At(partition, record.offset, record.timestamp_ms), record.value

    def _records(self, topic: str, partition: int, offset: int, end: int) -> Iterator[Record]:
        """The records of a partition that its owners wrote; what an owner of a table wrote last may be torn."""
        owners, epoch = Owners(), 0
        newest: bytes | None = None
        while offset < end:
            records = self._log.read(topic, partition, offset, READ)
            if not records:
                return
            for record in records:
                self._search(record)
                if not owners.accept(record):
                    continue
                if record.epoch > epoch and newest is not None:
                    self._torn.setdefault(partition, set()).add(_src_of(topic, newest))
                epoch = record.epoch
                if record.offset < end:
                    if record.value is not None:
                        newest = record.value if topic in TABLES else None
                    yield record
            self._tick(len(records))
            offset = records[-1].offset + 1

    def _search(self, record: Record) -> None:
        if self._secrets:
            where = f"{record.topic}:{record.partition}:{record.offset}"
            texts = [record.key or b"", in_clear(record)]
            texts += [part for name, value in record.headers for part in (name.encode(), value or b"")]
            self._leaks += [Leak(where, name) for name in self._secrets.found_in(*texts)]


def _src_of(topic: str, entry: bytes) -> int:
    """The offset of the command that made an entry of a table."""
    src: int = from_entry(TABLES[topic], entry).src
    return src
