"""Partitioner: which partition a key belongs to, the same on either log."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

_SEED = 0x9747B28C
_MIX = 0x5BD1E995
_WORD = 0xFFFFFFFF


@lru_cache(maxsize=65_536)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key: Kafka's default (murmur2, sign bit cleared, modulo the count).

    Invariant: equal to what aiokafka, librdkafka's `murmur2` and the Java producer choose, so that a change of
    log, or of producer, never moves a key away from its state.
    """
    return (_murmur2(key) & 0x7FFFFFFF) % partitions


def batches(
    items: Iterable[T], key: Callable[[T], str], partitions: int, most: int
) -> Iterator[tuple[int, bytes, list[T]]]:
    """At most so many items of one partition at a time, in order: its number, the first one's key, and they."""
    by_partition: defaultdict[int, list[T]] = defaultdict(list)
    for item in items:
        by_partition[partition_of(key(item).encode(), partitions)].append(item)
    for partition, found in by_partition.items():
        for at in range(0, len(found), most):
            yield partition, key(found[at]).encode(), found[at : at + most]


def _murmur2(data: bytes) -> int:
    """32-bit murmur2 of the bytes, as org.apache.kafka.common.utils.Utils computes it."""
    length = len(data)
    hashed = _SEED ^ length
    whole = length - length % 4
    for start in range(0, whole, 4):
        word = int.from_bytes(data[start : start + 4], "little") * _MIX & _WORD
        word = (word ^ word >> 24) * _MIX & _WORD
        hashed = hashed * _MIX & _WORD ^ word
    if whole != length:
        hashed = (hashed ^ int.from_bytes(data[whole:], "little")) * _MIX & _WORD
    hashed = (hashed ^ hashed >> 13) * _MIX & _WORD
    return hashed ^ hashed >> 15
