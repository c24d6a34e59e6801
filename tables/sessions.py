"""Sessions: whose session an issued access key id is, by the grants that told of it."""

from collections.abc import Mapping
from typing import NamedTuple

from streams.records.codec import from_entry, to_entry
from streams.records.grant import Session
from tables.backing import Backing

MAX_SESSIONS = 20_000
"""Of a partition. Beyond it those go first that name nobody, then the oldest: their calls page, unattributed."""

MAX_OF_ONE = 1_000
"""Of one issuer in a partition: whoever asks for more loses the oldest of their own, and nobody else's."""


class _Kept(NamedTuple):
    until_ms: int
    issuer: str
    named: bool


class _Shelf:
    """What one partition holds, without the grants themselves; each index in the order of arrival."""

    def __init__(self) -> None:
        self.kept: dict[bytes, _Kept] = {}
        self._by_issuer: dict[str, dict[bytes, None]] = {}
        self._unnamed: dict[bytes, None] = {}

    def add(self, key: bytes, session: Session) -> list[bytes]:
        """Take a session in; returns the keys that have to make room for it."""
        self.drop(key)
        self.kept[key] = _Kept(session.until_ms, session.issuer, session.named)
        of_one = self._by_issuer.setdefault(session.issuer, {})
        of_one[key] = None
        if not session.named:
            self._unnamed[key] = None
        gone = [next(iter(of_one))] if len(of_one) > MAX_OF_ONE else []
        if not gone and len(self.kept) > MAX_SESSIONS:
            gone = [next(iter(self._unnamed or self.kept))]
        for one in gone:
            self.drop(one)
        return gone

    def drop(self, key: bytes) -> None:
        """Forget a session."""
        kept = self.kept.pop(key, None)
        if kept is None:
            return
        self._unnamed.pop(key, None)
        of_one = self._by_issuer[kept.issuer]
        del of_one[key]
        if not of_one:
            del self._by_issuer[kept.issuer]


class SessionsTable:
    """The sessions of the partitions this worker holds; an entry is decoded only when it is asked for."""

    def __init__(self, backing: Backing) -> None:
        self._backing = backing
        self._shelves: dict[int, _Shelf] = {}
        backing.on_assigned(self._assigned)
        backing.on_revoked(self._revoked)

    def get(self, partition: int, key: str) -> Session | None:
        """The session of a key, if it is known."""
        value = self._backing.entries(partition).get(key.encode())
        return None if value is None else from_entry(Session, value)

    def put(self, partition: int, session: Session) -> int:
        """Write a session; returns how many others had to go for it."""
        key = session.key.encode()
        gone = self._shelf(partition).add(key, session)
        self._backing.put(key, to_entry(session))
        for one in gone:
            self._backing.remove(one)
        return len(gone)

    def sweep(self, partition: int, before_ms: int) -> int:
        """Delete the sessions that were over by then; returns how many."""
        shelf = self._shelf(partition)
        old = [key for key, kept in shelf.kept.items() if kept.until_ms < before_ms]
        for key in old:
            shelf.drop(key)
            self._backing.remove(key)
        return len(old)

    def count(self, partition: int) -> int:
        """How many sessions a partition holds."""
        return len(self._shelf(partition).kept)

    def _shelf(self, partition: int) -> _Shelf:
        return self._shelves.setdefault(partition, _Shelf())

    def _assigned(self, partition: int, entries: Mapping[bytes, bytes]) -> None:
        shelf = self._shelves[partition] = _Shelf()
        sessions = [(key, from_entry(Session, value)) for key, value in entries.items()]
        for key, session in sorted(sessions, key=lambda one: one[1].until_ms):
            shelf.add(key, session)

    def _revoked(self, partition: int) -> None:
        self._shelves.pop(partition, None)
