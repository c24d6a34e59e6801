"""Seen: which notify and alert calls came before; a redelivery is dropped or emitted again, never redecided."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from streams.records.codec import from_entry, to_entry
from streams.records.seen import SeenCall, SeenEntry, WaitingCall
from streams.records.verdict import End
from streams.records.waiting import waiting_bytes, waiting_in
from tables.backing import Backing
from tables.waits import Waits, is_waiting_key, waiting_key

MAX_ENTRY_BYTES = 60_000

NOTHING_WAITS: Mapping[bytes, bytes] = MappingProxyType({})

KEPT_POSITIONS = 64
"""How many frames' decisions stay decoded in memory; those of others are read back from their entries."""


def entry_key(position: int, part: int) -> bytes:
    """The key of a part of a frame's entry."""
    return b"%d:%d" % (position, part)


class SeenMark(NamedTuple):
    """What is left of an entry in memory: enough to forget it in time."""

    position: int
    received_ms: int
    fingerprints: bytes


class SeenShelf:
    """The `seen` entries of one partition, found by position and by fingerprint."""

    def __init__(self, read: Callable[[bytes], bytes | None] = lambda _: None) -> None:
        self._read = read
        self.waits = Waits()
        self._by_position: dict[int, dict[bytes, SeenCall]] = {}
        self._first: dict[bytes, tuple[int, End]] = {}
        self._parts: dict[int, int] = {}
        self._keys: dict[bytes, SeenMark] = {}

    def held(self, position: int) -> Mapping[bytes, SeenCall]:
        """The calls that the entry of this message holds, however long ago it was written."""
        held = self._by_position.get(position)
        if held is None and self.parts(position):
            parts = (self._read(entry_key(position, part)) for part in range(self.parts(position)))
            entries = [from_entry(SeenEntry, value) for value in parts if value is not None]
            return {call.fingerprint: call for entry in entries for call in entry.calls}
        return held or {}

    def first(self, fingerprint: bytes) -> tuple[int, End] | None:
        """The position that brought a call first, and its end there."""
        return self._first.get(fingerprint)

    def parts(self, position: int) -> int:
        """How many parts the entry of a frame has: a redelivery that decides more adds parts after them."""
        return self._parts.get(position, 0)

    def add(self, key: bytes, entry: SeenEntry) -> None:
        """Remember an entry; a fingerprint stays with the first position, unless it was only reported there."""
        packed = b"".join(call.fingerprint for call in entry.calls)
        self._keys[key] = SeenMark(entry.position, entry.received_ms, packed)
        self._parts[entry.position] = max(self.parts(entry.position), entry.part + 1)
        if entry.part == 0 or entry.position in self._by_position:  # a part alone would hide the others
            self._hold(entry)
        for call in entry.calls:
            self._note_wait(entry.position, call)
            known = self._first.get(call.fingerprint)
            mark = (entry.position, call.decision.end if call.decision is not None else End.CASE)
            if known is None or _rank(mark) < _rank(known):
                self._first[call.fingerprint] = mark

    def pack(self, waiting: WaitingCall) -> bytes | None:
        """A call as it is kept while it waits; None where it is too large, or too many wait already."""
        packed = waiting_bytes(waiting)
        return packed if len(packed) <= MAX_ENTRY_BYTES and self.waits.has_room(len(packed)) else None

    def waiting(self, position: int, mark: bytes) -> WaitingCall | None:
        """A call that waits, or that waited a moment ago; `position` is where it began to."""
        packed = self._read(waiting_key(position, mark))
        return None if packed is None else waiting_in(packed)

    def _note_wait(self, position: int, call: SeenCall) -> None:
        if call.wait is not None:
            packed = self._read(waiting_key(position, call.fingerprint))
            self.waits.add(call.fingerprint, position, call.wait, len(packed or b""))
        elif call.waited_at is not None:
            self.waits.settle(call.fingerprint, position)

    def _hold(self, entry: SeenEntry) -> None:
        held = self._by_position.setdefault(entry.position, {})
        held.update({call.fingerprint: call for call in entry.calls})
        if len(self._by_position) > KEPT_POSITIONS:
            oldest = min(self._by_position)
            del self._by_position[oldest]

    def drop_before(self, before_ms: int) -> list[bytes]:
        """Forget entries whose calls all came before then; returns their keys."""
        old = [key for key, mark in self._keys.items() if mark.received_ms < before_ms and not self._waits(mark)]
        for key in old:
            mark = self._keys.pop(key)
            self._by_position.pop(mark.position, None)
            self._parts.pop(mark.position, None)
            for at in range(0, len(mark.fingerprints), 32):
                fingerprint = mark.fingerprints[at : at + 32]
                known = self._first.get(fingerprint)
                if known is not None and known[0] == mark.position:
                    del self._first[fingerprint]
        return old

    def _waits(self, mark: SeenMark) -> bool:
        """Whether a call of that entry still waits: then nothing is forgotten of it."""
        marks = (mark.fingerprints[at : at + 32] for at in range(0, len(mark.fingerprints), 32))
        return bool(self.waits) and any(self.waits.position(one) == mark.position for one in marks)


class SeenTable:
    """The shelves of the partitions this worker holds, over the `seen` entries."""

    def __init__(self, backing: Backing) -> None:
        self._backing = backing
        self._shelves: dict[int, SeenShelf] = {}
        backing.on_assigned(self._assigned)
        backing.on_revoked(self._revoked)

    def shelf(self, partition: int) -> SeenShelf:
        """The shelf of a partition."""
        found = self._shelves.get(partition)
        if found is None:
            found = self._shelves[partition] = self._new_shelf(partition)
        return found

    def _new_shelf(self, partition: int) -> SeenShelf:
        return SeenShelf(lambda key: self._backing.entries(partition).get(key))

    def remember(
        self,
        partition: int,
        position: int,
        received_ms: int,
        rules_version: str,
        calls: Sequence[SeenCall],
        waiting: Mapping[bytes, bytes] = NOTHING_WAITS,
    ) -> None:
        """Write a message's entry, in as many parts as keep each below 64 KB.

        The calls that wait, packed, come before it: an entry that says that a call waits has it.
        """
        for mark, packed in waiting.items():
            self._backing.put(waiting_key(position, mark), packed)
        for part, piece in enumerate(_pieces(calls), start=self.shelf(partition).parts(position)):
            entry = SeenEntry(position, part, received_ms, rules_version, piece)
            key = entry_key(position, part)
            self.shelf(partition).add(key, entry)
            self._backing.put(key, to_entry(entry))

    def forget_settled(self, partition: int, position: int) -> None:
        """Delete the calls that waited, where no message in flight at `position` can owe anything of them."""
        for key in self.shelf(partition).waits.forgettable(position):
            self._backing.remove(key)

    def partitions(self) -> list[int]:
        """The partitions that are ours."""
        return list(self._shelves)

    def sweep(self, partition: int, before_ms: int) -> int:
        """Delete entries older than that; returns how many."""
        old = self.shelf(partition).drop_before(before_ms)
        for key in old:
            self._backing.remove(key)
        return len(old)

    def _assigned(self, partition: int, entries: Mapping[bytes, bytes]) -> None:
        shelf = self._shelves[partition] = self._new_shelf(partition)
        for key, value in entries.items():
            if not is_waiting_key(key):
                shelf.add(key, from_entry(SeenEntry, value))
        shelf.waits.loaded(filter(is_waiting_key, entries))

    def _revoked(self, partition: int) -> None:
        self._shelves.pop(partition, None)


def _rank(mark: tuple[int, End]) -> tuple[bool, int]:
    """The earliest position counts, but one that only reported a call counts last; in whatever order they load."""
    position, end = mark
    return end is End.REPORTED, position


def _pieces(calls: Sequence[SeenCall]) -> Iterator[list[SeenCall]]:
    piece: list[SeenCall] = []
    room = MAX_ENTRY_BYTES
    for call in calls:
        size = len(to_entry(call))
        if piece and size > room:
            yield piece
            piece, room = [], MAX_ENTRY_BYTES
        piece.append(call)
        room -= size
    if piece:
        yield piece
