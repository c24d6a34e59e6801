"""Frames: the records of a load as a bridge puts them onto `calls`, and as peers find them, a message each."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from benchmarks.load.records import Arrival, Kind
from streams.bridge.binding import Binding
from streams.bridge.sifter import Sifter, Source, Wanted
from streams.feeds.feed import Delivery
from streams.partitioner import partition_of
from streams.records.credential import credential
from streams.shell.message import Send
from streams.topics import Topic

GROUP = 2_000
"""How many calls a bridge gathers before it closes its frames."""


class Framed(NamedTuple):
    """Frames in their order, and for each record the partition it lies in and how many lie there up to it.

    A call's `position` begins with its number in the load, so that a verdict tells how far triage is.
    """

    sends: list[Send]
    partition: list[int]
    rank: list[int]
    bytes: int


def framed(arrivals: Sequence[Arrival], partitions: int, version: str, received_ms: int) -> Framed:
    """All of them as the product's own bridge frames what comes in groups, where every call is wanted."""
    fields: list[dict[str, Any]] = [msgspec.json.decode(one.record) for one in arrivals]
    accounts = frozenset(one["recipientAccountId"] for one in fields)
    source = Source("bench", Binding({}, accounts), backfill=False)
    wanted = Wanted(lambda _fields: True, lambda _source, _name: None, version)
    sends: list[Send] = []
    for start in range(0, len(arrivals), GROUP):
        sifter = Sifter(source, wanted, lambda: received_ms, partitions)
        for number in range(start, min(start + GROUP, len(arrivals))):
            for _ in sifter.sift(Delivery(arrivals[number].record, str(number))):
                pass
        sends += [send for send in sifter.finish() if send.topic == Topic.CALLS]
    placed = [partition_of(credential(one).encode(), partitions) for one in fields]
    filled: Counter[int] = Counter()
    ranks: list[int] = []
    for partition in placed:
        filled[partition] += 1
        ranks.append(filled[partition])
    return Framed(sends, placed, ranks, sum(len(send.value or b"") for send in sends))


def number_of(position: str) -> int:
    """Which record of the load lies at a position of its frame."""
    return int(position.partition("#")[0])


def single(arrivals: Sequence[Arrival], topic: str, partitions: int) -> Iterator[Send]:
    """A message each, with the same key: what the users of other engines would have on their topic."""
    for arrival in arrivals:
        key = key_of(arrival).encode()
        yield Send(topic, key, arrival.record, partition_of(key, partitions))


def key_of(arrival: Arrival) -> str:
    """The credential that the call was made with."""
    return credential(msgspec.json.decode(arrival.record))


def hits(arrivals: Sequence[Arrival]) -> Counter[str]:
    """By eventID, how often each call that a rule fires on comes: counted apart from the product's own code."""
    found: Counter[str] = Counter()
    for arrival in arrivals:
        if arrival.kind is not Kind.QUIET:
            fields: Any = json.loads(arrival.record)
            found[fields["eventID"]] += 1
    return found
