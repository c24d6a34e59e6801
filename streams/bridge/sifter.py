"""Sifter: sorts what a group of deliveries holds into frames, dead letters and counts. Pure but for its clock."""

import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from streams.bridge.binding import Binding
from streams.bridge.framer import Framer
from streams.bridge.trouble import Sensitive, Trouble
from streams.bridge.unreadable import Ration
from streams.clock import Clock
from streams.envelopes.files import file_items
from streams.envelopes.item import CallItem, Item, Pointer, Refused
from streams.envelopes.unwrap import unwrap
from streams.feeds.feed import Delivery
from streams.partitioner import partition_of
from streams.records.account import account_of
from streams.records.call import Feed, FramedCall
from streams.records.codec import to_wire
from streams.records.credential import credential
from streams.records.fingerprint import fingerprint
from streams.records.head import head_of
from streams.records.intake import Intake
from streams.shell.message import Send
from streams.topics import Topic

_MAX_ACCOUNT = 64
"""A record may call anything its account; the counts and pages keep no more of it."""


class Filter(Protocol):
    """What the rules want: by the union of the current and the next version, the newest of which is named.

    It is asked anew for each call, for versions change while a large file is read.
    """

    @property
    def may_match(self) -> Callable[[Mapping[str, Any]], bool]:
        """Whether any rule, grant or count could want a decoded record."""

    @property
    def sensitive(self) -> Sensitive:
        """Which unreadable calls page."""

    @property
    def rules_version(self) -> str:
        """What frames are stamped with."""


class Wanted(NamedTuple):
    """A filter that stays as it is."""

    may_match: Callable[[Mapping[str, Any]], bool]
    sensitive: Sensitive
    rules_version: str


class Source(NamedTuple):
    """What of a feed goes into its records."""

    name: str
    binding: Binding
    backfill: bool


class Sifter:
    """One group of deliveries on its way to one append.

    Invariant (I1): every part of every delivery is counted once, and is a framed call, a dead letter, a
    control, a pointer (no feed reads objects, so it leaves a dead letter too), or a call that nothing can want.
    """

    def __init__(
        self,
        source: Source,
        wanted: Filter,
        clock: Clock,
        partitions: int,
        max_record_bytes: int = 262_144,
        ration: Ration | None = None,
    ) -> None:
        self._source = source
        self._wanted = wanted
        self._partitions = partitions
        self._max_record_bytes = max_record_bytes
        self.now_ms = clock()
        self._framer = Framer()
        self._trouble = Trouble(source.name, wanted.sensitive, self.now_ms, ration or Ration())
        self._counts: Counter[tuple[str, str]] = Counter()
        self._feeds: dict[str | None, Feed] = {}
        self._deliveries = 0

    @property
    def size(self) -> int:
        """Bytes that wait in frames and dead letters."""
        return self._framer.size + self._trouble.size

    @property
    def counts(self) -> Mapping[str, int]:
        """How many parts met each outcome, and how many of each account ("accepted:111122223333")."""
        counts: Counter[str] = Counter()
        for (outcome, account), number in self._counts.items():
            counts[outcome] += number
            counts[f"{outcome}:{account}"] += number
        return counts

    def sift(self, delivery: Delivery) -> Iterator[None]:
        """Sort one delivery, a step a part, so that a large file leaves room for others between its parts."""
        self._deliveries += 1
        self._trouble.next_delivery()
        if delivery.cut_from is not None:
            self._trouble.cut(delivery.position, len(delivery.body), delivery.cut_from)
            self._count("dead_letter", None)
        for index, item in enumerate(self._items(delivery)):
            position = f"{delivery.position}#{index}"
            try:
                self._sort(item, position)
            except Exception as error:  # noqa: BLE001 - whatever a record makes us raise is its dead letter (I14)
                self._failed(item, position, error)
            yield

    def take(self) -> Sequence[Send]:
        """The frames and dead letters so far, for a delivery too large for one append."""
        return [*self._framer.take(), *self._trouble.letters()]

    def finish(self) -> Sequence[Send]:
        """Everything that is left: frames, dead letters, incidents and the counts."""
        intake = Intake(self.now_ms, self._source.name, self._deliveries, dict(self.counts))
        counted = Send(Topic.INTAKE, self._source.name.encode(), to_wire(intake))
        return [*self._framer.take(), *self._trouble.sends(), counted]

    def _items(self, delivery: Delivery) -> Iterator[Item]:
        if delivery.file is not None:
            return file_items(delivery.file, delivery.body, max_record_bytes=self._max_record_bytes)
        return unwrap(delivery.body, max_record_bytes=self._max_record_bytes, topic_arn=delivery.topic_arn)

    def _sort(self, item: Item, position: str) -> None:
        if isinstance(item, CallItem):
            self._call(item, position)
        elif isinstance(item, Refused):
            # What its topic is bound to says more than an envelope that its sender may have written.
            account = self._source.binding.account(item.topic_arn) or item.account
            self._trouble.refused(item, position, account)
            self._count("dead_letter", account)
        elif isinstance(item, Pointer):
            self._trouble.unread(Refused("pointer_not_read", f"s3://{item.bucket}/{item.key}", b""), position)
            self._count("pointer", None)
        else:
            self._count("control", None)

    def _call(self, item: CallItem, position: str) -> None:
        envelope_account = self._account(item)
        account = account_of(item.fields, envelope_account)
        objection = self._source.binding.objection(item.fields, item.account, item.topic_arn)
        if objection is not None:
            self._trouble.unbound(Refused("unbound_account", objection, item.record), position, account)
            self._count("dead_letter", account)
        elif not self._wanted.may_match(item.fields):
            self._count("unwanted", account)
        else:
            self._frame(item, position, envelope_account)
            self._count("accepted", account)

    def _frame(self, item: CallItem, position: str, envelope_account: str | None) -> None:
        partition = partition_of(credential(item.fields, envelope_account).encode(), self._partitions)
        mark = fingerprint(item.fields, floats=item.floats)
        call = FramedCall(0, position, self.now_ms, envelope_account, item.record, mark)
        feed, version = self._feed(item.topic_arn), self._wanted.rules_version
        self._framer.add(partition, feed, head_of(item.fields), call, version)

    def _feed(self, topic_arn: str | None) -> Feed:
        """The way that the calls of a topic come."""
        feed = self._feeds.get(topic_arn)
        if feed is None:
            bound = self._source.binding.account(topic_arn)
            feed = Feed(self._source.name, bound, topic_arn, self._source.backfill)
            self._feeds[topic_arn] = feed
        return feed

    def _failed(self, item: Item, position: str, error: Exception) -> None:
        body = item.record if isinstance(item, CallItem) else getattr(item, "body", b"")
        account = self._account(item) if isinstance(item, CallItem | Refused) else None
        refused = Refused("exception", f"{type(error).__name__}: {error}", body)
        self._trouble.refused(refused, position, account, "".join(traceback.format_exception(error, limit=-8)))
        self._count("dead_letter", account)

    def _account(self, item: CallItem | Refused) -> str | None:
        return item.account or self._source.binding.account(item.topic_arn)

    def _count(self, outcome: str, account: str | None) -> None:
        self._counts[outcome, (account or "-")[:_MAX_ACCOUNT]] += 1
