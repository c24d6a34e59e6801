"""Tail: reads on in the topics that the auditor judges by, each look from where the last one ended."""

from collections import defaultdict
from collections.abc import Callable, Iterator

from agents.audit.calls import calls_in
from agents.audit.reading import CASES, READ, Verdicts
from agents.decisions.audit.finding import Finding
from agents.decisions.audit.journal import At
from agents.decisions.audit.ledger import Ledger
from agents.decisions.audit.terms import Terms
from streams.log.owners import Owners
from streams.log.reader import OpenLog
from streams.records.case import Case
from streams.records.codec import from_entry, from_wire
from streams.records.dead_letter import DeadLetter
from streams.records.fact import Fact
from streams.topics import Topic

Found = tuple[str, Finding]
Take = Callable[[At, bytes], Iterator[Finding]]
ONE_CONTENT_AN_EVENT = "one-content-an-event"
ONE_CONTENT_A_SEQ = "one-content-a-seq"


class Tail:
    """Tells a ledger everything up to the log's end; one thread at a time. `found` is what had two contents.

    What follows from a call is read before the call itself, up to an end that was taken later: so a call that
    comes in while it reads is not yet read, rather than read without its end.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._terms = Terms()
        self._next: dict[tuple[str, int], int] = {}
        self._owners: defaultdict[str, Owners] = defaultdict(Owners)

    def catch_up(self, log: OpenLog, terms: Terms) -> list[Found]:
        """Read to the end of the log.

        Raises:
            LogUnusable: the log cannot be read, or does not answer.
            msgspec.DecodeError: a message that only our own agents write is none of theirs.
        """
        self._terms = terms
        ends = [log.end_offset(Topic.CALLS, one) for one in range(log.partitions(Topic.CALLS))]
        self._read(log, Topic.VERDICTS, self._verdicts)
        self._read(log, Topic.DEAD_LETTERS, self._letter)
        self._read(log, CASES, self._case)
        facts = self._read(log, Topic.CASE_LOG, self._fact)
        calls = self._read(log, Topic.CALLS, self._calls, ends)
        return [(ONE_CONTENT_A_SEQ, one) for one in facts] + [(ONE_CONTENT_AN_EVENT, one) for one in calls]

    def _calls(self, at: At, value: bytes) -> Iterator[Finding]:
        yield from self._ledger.calls(
            calls_in(at, value, lambda mark: not self._ledger.decided(mark)), self._terms
        )

    def _verdicts(self, _at: At, value: bytes) -> Iterator[Finding]:
        self._ledger.verdicts(from_wire(Verdicts, value).verdicts)
        yield from ()

    def _letter(self, _at: At, value: bytes) -> Iterator[Finding]:
        self._ledger.letters([from_wire(DeadLetter, value)])
        yield from ()

    def _case(self, _at: At, value: bytes) -> Iterator[Finding]:
        self._ledger.case(from_entry(Case, value))
        yield from ()

    def _fact(self, _at: At, value: bytes) -> Iterator[Finding]:
        yield from self._ledger.facts([from_wire(Fact, value)])

    def _read(self, log: OpenLog, topic: str, take: Take, ends: list[int] | None = None) -> list[Finding]:
        found: list[Finding] = []
        for partition in range(log.partitions(topic)):
            end = ends[partition] if ends is not None else log.end_offset(topic, partition)
            offset = max(self._next.get((topic, partition), 0), log.begin_offset(topic, partition))
            while offset < end:
                records = [one for one in log.read(topic, partition, offset, READ) if one.offset < end]
                for record in records:
                    if self._owners[topic].accept(record) and record.value is not None:
                        at = At(partition, record.offset, record.timestamp_ms)
                        found += take(at, record.value)
                offset = records[-1].offset + 1 if records else end
                self._next[topic, partition] = offset
        return found
