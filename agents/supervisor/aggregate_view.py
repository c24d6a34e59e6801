"""Aggregate view: the aggregated pages that PagerDuty has not taken, read from the changelog of `counters`."""

from typing import NamedTuple

import msgspec

from agents.decisions.case.fold import PAGE_EVERY_MS
from agents.gateway.case_view import READ_LIMIT
from streams.log.owners import Owners
from streams.log.reader import TopicReader
from streams.log.record import Record
from streams.records.aggregate import Aggregate
from streams.records.codec import from_entry
from streams.topics import changelog


class OwedPage(NamedTuple):
    """A page of an aggregate that PagerDuty has not taken, and since when it has been out, or should have been.

    `attempt` is the number of the page: the last one that went out, or the one that still collects.
    """

    aggregate: Aggregate
    since_ms: int
    attempt: int


class AggregateView:
    """The aggregates that wait for a 202; like the case view it only reads, from one thread at a time."""

    def __init__(self, reader: TopicReader) -> None:
        self._reader = reader
        self._topic = changelog("counters")
        self._next: dict[int, int] = {}
        self._owners = Owners()
        self._sent: dict[str, OwedPage] = {}
        self._waiting: dict[str, OwedPage] = {}

    def catch_up(self) -> list[OwedPage]:
        """Read all there is; the pages that are owed then."""
        for partition in range(self._reader.partitions(self._topic)):
            while self._read(partition):
                continue
        return [*self._sent.values(), *self._waiting.values()]

    def _read(self, partition: int) -> bool:
        """Whether there may be more to read right away."""
        begin = self._reader.begin_offset(self._topic, partition)
        offset = max(self._next.get(partition, begin), begin)
        messages = self._reader.read(self._topic, partition, offset, READ_LIMIT)
        for message in messages:
            if self._owners.accept(message):
                self._apply(message)
            self._next[partition] = message.offset + 1
        return bool(messages)

    def _apply(self, message: Record) -> None:
        key = (message.key or b"").decode(errors="replace")
        before = self._sent.pop(key, None)
        self._waiting.pop(key, None)
        try:
            aggregate = from_entry(Aggregate, message.value) if message.value is not None else None
        except (msgspec.DecodeError, UnicodeDecodeError):
            return
        if aggregate is None:
            return
        if aggregate.waiting > 0:
            last_ms = aggregate.opened_ms if aggregate.sent_ms is None else aggregate.sent_ms
            self._waiting[key] = OwedPage(aggregate, last_ms + PAGE_EVERY_MS, aggregate.page)
        if aggregate.sent_page <= aggregate.accepted_page or aggregate.sent_ms is None:
            return
        # A further page does not make the one before it any younger.
        again = before is not None and before.aggregate.accepted_page == aggregate.accepted_page
        since_ms = before.since_ms if before is not None and again else aggregate.sent_ms
        self._sent[key] = OwedPage(aggregate, since_ms, aggregate.sent_page)
