"""Frames: the records of a load as a bridge puts them onto `calls`, and as peers find them, a message each."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from benchmarks.load import Arrival, Kind
from streams.bridge.framer import Framer
from streams.partitioner import partition_of
from streams.records.call import Feed, FramedCall
from streams.records.credential import credential
from streams.shell.message import Send

GROUP = 2_000
"""How many calls a bridge gathers before it closes its frames."""

FEED = Feed("bench")


class Framed(NamedTuple):
    """Frames in their order, and for each record the partition it lies in and how many lie there up to it.

    A call's `position` is its number in the load, so that a verdict tells how far triage is.
    """

    sends: list[Send]
    partition: list[int]
    rank: list[int]
    bytes: int


def framed(arrivals: Sequence[Arrival], partitions: int, version: str, received_ms: int) -> Framed:
    """All of them as a bridge frames what comes in groups."""
    framer = Framer()
    sends: list[Send] = []
    placed: list[int] = []
    ranks: list[int] = []
    filled: Counter[int] = Counter()
    for number, arrival in enumerate(arrivals):
        partition = partition_of(key_of(arrival).encode(), partitions)
        filled[partition] += 1
        placed.append(partition)
        ranks.append(filled[partition])
        call = FramedCall(0, str(number), received_ms, None, Raw(arrival.record))
        framer.add(partition, FEED, call, len(arrival.record), version)
        if (number + 1) % GROUP == 0:
            sends += framer.take()
    sends += framer.take()
    return Framed(sends, placed, ranks, sum(len(send.value or b"") for send in sends))


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
