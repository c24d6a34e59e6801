"""Ownership: which records of a changelog count when a worker that lost the partition still writes to it.

Each owner of a partition has an epoch, higher than any before, and its changelog records carry it. Before its
first message it writes a mark (a tombstone of `OWNER_KEY`): what lies behind a record of a higher epoch is late.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from streams.shell.message import Headers, Send

EPOCH_HEADER = "cs-epoch"
"""8 bytes, big endian."""

OWNER_KEY = b"cs-owner"
"""The key of the marks. They are tombstones, so that no reader of a changelog takes one for an entry."""

NO_EPOCH = 0
"""The epoch of a record without one: written by the embedded log, or before epochs."""


class Change(NamedTuple):
    """One changelog record; a value of None removes the key."""

    offset: int
    key: bytes
    value: bytes | None
    epoch: int = NO_EPOCH


class Replay:
    """Folds a partition's changelog, in the order of offsets, into what its last owner held.

    A record counts unless an earlier one has a higher epoch. `overruled` are the keys whose last record does not
    count: compaction keeps the last record of a key, so the owner has to write those keys again.
    """

    def __init__(self) -> None:
        self.entries: dict[bytes, bytes] = {}
        self.overruled: set[bytes] = set()
        self.epoch = NO_EPOCH
        self.next_offset = 0

    def fold(self, changes: Sequence[Change]) -> None:
        """Take the next records. All at once: there are hundreds of thousands, and a worker waits for them."""
        entries, overruled, epoch = self.entries, self.overruled, self.epoch
        for _offset, key, value, stamped in changes:
            if stamped < epoch:
                overruled.add(key)
                continue
            epoch = stamped
            if overruled:
                overruled.discard(key)
            if value is None:
                entries.pop(key, None)
            else:
                entries[key] = value
        self.epoch = epoch
        if changes:
            self.next_offset = changes[-1].offset + 1


def next_epoch(generation: int, seen: int) -> int:
    """The epoch of a new owner: the group's generation, and above everything that the changelog has."""
    return max(generation, seen + 1)


def late_keys(changes: Iterable[Change], epoch: int, late: Collection[bytes] = ()) -> set[bytes]:
    """The keys whose last record is of a lower epoch than the owner's; `late` are those known before `changes`.

    Raises:
        Superseded: a record has a higher epoch, so its writer is the owner now.
    """
    keys = set(late)
    for change in changes:
        if change.epoch > epoch:
            raise Superseded(f"epoch {change.epoch} writes where this worker's is {epoch}")
        if change.epoch < epoch:
            keys.add(change.key)
        else:
            keys.discard(change.key)
    return keys


class Superseded(Exception):  # noqa: N818 - not an error: somebody else owns the partition
    """Another worker owns the partition."""


def rewrites(
    keys: Iterable[bytes], entries: Mapping[bytes, bytes], changelog: str, to: tuple[int, int]
) -> list[Send]:
    """Sends that make `entries` the last word on these keys; `to` is (partition, epoch)."""
    partition, epoch = to
    return [Send(changelog, key, entries.get(key), partition, epoch_headers(epoch)) for key in sorted(keys)]


def mark(changelog: str, partition: int, epoch: int) -> Send:
    """What a new owner writes first."""
    return Send(changelog, OWNER_KEY, None, partition, epoch_headers(epoch))


def epoch_headers(epoch: int) -> Headers:
    """The headers of an owner's changelog records; none without an epoch."""
    return () if epoch == NO_EPOCH else ((EPOCH_HEADER, epoch.to_bytes(8, "big")),)


def epoch_in(headers: Iterable[tuple[str, bytes]]) -> int:
    """The epoch in a record's headers."""
    for name, value in headers:
        if name == EPOCH_HEADER:
            return int.from_bytes(value, "big")
    return NO_EPOCH
