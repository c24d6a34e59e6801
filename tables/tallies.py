"""Tallies: what rules that count have counted, one entry a rule and credential; each rule has its own bound."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping

from streams.records.codec import from_entry, to_entry
from streams.records.tally import Tally
from tables.backing import Backing

MAX_KEYS = 5_000
"""Credentials of one rule in one partition. Beyond it the one that was quiet longest is forgotten, and what may
have been forgotten counts as reached: a flood of credentials makes more questions, never fewer."""

Whose = tuple[str, str]


def entry_key(whose: Whose) -> bytes:
    """The key of an entry: the rule, and a hash of the credential, which is of any length."""
    rule_id, credential = whose
    return f"{rule_id}\0{hashlib.sha256(credential.encode()).hexdigest()[:32]}".encode()


def forgotten_key(rule_id: str) -> bytes:
    """The key under which a rule's forgotten time is kept."""
    return f"{rule_id}\0".encode()


class TallyShelf:
    """The tallies of one partition: read from their entries, with what is needed to forget the quiet ones.

    `newest` holds for each rule the keys and their latest calls, the quiet ones first.
    """

    def __init__(self, read: Callable[[bytes], bytes | None], entries: Mapping[bytes, bytes]) -> None:
        self._read = read
        self.newest: defaultdict[str, dict[bytes, int]] = defaultdict(dict)
        self.forgotten: dict[str, int] = {}
        found = []
        for key, value in entries.items():
            rule_id, tally = key.decode().partition("\0")[0], from_entry(Tally, value)
            if key == forgotten_key(rule_id):
                self.forgotten[rule_id] = tally.forgotten_ms or 0
            else:
                found.append((_newest(tally), rule_id, key))
        for at_ms, rule_id, key in sorted(found):
            self.newest[rule_id][key] = at_ms

    def tally(self, whose: Whose) -> Tally | None:
        """What was counted so far; None: nothing, or it was forgotten."""
        value = self._read(entry_key(whose))
        return None if value is None else from_entry(Tally, value)

    def forgotten_ms(self, rule_id: str) -> int | None:
        """The time of the latest call among the tallies of a rule that had to be forgotten."""
        return self.forgotten.get(rule_id)


class TallyTable:
    """The shelves of the partitions this worker holds, over the `tallies` entries."""

    def __init__(self, backing: Backing) -> None:
        self._backing = backing
        self._shelves: dict[int, TallyShelf] = {}
        backing.on_assigned(lambda partition, _entries: self._forget(partition))
        backing.on_revoked(self._forget)

    def _forget(self, partition: int) -> None:
        self._shelves.pop(partition, None)

    def shelf(self, partition: int) -> TallyShelf:
        """The shelf of a partition."""
        found = self._shelves.get(partition)
        if found is None:
            entries = self._backing.entries(partition)
            found = TallyShelf(lambda key: self._backing.entries(partition).get(key), entries)
            self._shelves[partition] = found
        return found

    def write(self, partition: int, changed: Mapping[Whose, Tally], horizons: Mapping[str, int]) -> None:
        """Write what a frame changed; `horizons` say for each rule how far back it looks, in milliseconds."""
        shelf = self.shelf(partition)
        for whose, tally in changed.items():
            key, rule_id = entry_key(whose), whose[0]
            newest = shelf.newest[rule_id]
            newest.pop(key, None)
            if len(newest) >= MAX_KEYS:
                self._make_room(shelf, rule_id, _newest(tally) - horizons.get(rule_id, 0))
            newest[key] = _newest(tally)
            self._backing.put(key, to_entry(tally))

    def _make_room(self, shelf: TallyShelf, rule_id: str, needed_from_ms: int) -> None:
        newest = shelf.newest[rule_id]
        quiet = next(iter(newest))
        at_ms = newest.pop(quiet)
        self._backing.remove(quiet)
        if at_ms >= needed_from_ms:
            shelf.forgotten[rule_id] = max(at_ms, shelf.forgotten.get(rule_id, 0))
            self._backing.put(forgotten_key(rule_id), to_entry(Tally([], shelf.forgotten[rule_id])))

    def sweep(self, partition: int, now_ms: int, horizons: Mapping[str, int]) -> int:
        """Delete what no rule looks back at any more; returns how many entries went."""
        shelf = self.shelf(partition)
        old = [
            (rule_id, key)
            for rule_id, keys in shelf.newest.items()
            for key, at_ms in keys.items()
            if rule_id not in horizons or at_ms + horizons[rule_id] < now_ms
        ]
        for rule_id, key in old:
            del shelf.newest[rule_id][key]
            self._backing.remove(key)
        for rule_id, at_ms in list(shelf.forgotten.items()):
            if rule_id not in horizons or at_ms + horizons[rule_id] < now_ms:
                del shelf.forgotten[rule_id]
                self._backing.remove(forgotten_key(rule_id))
        return len(old)


def _newest(tally: Tally) -> int:
    return max((mark.at_ms for mark in tally.marks), default=0)
