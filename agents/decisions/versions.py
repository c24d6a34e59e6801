"""Versions: which rules a bridge filters by, and when triage takes the next ones up.

Invariant of all of it together: a bridge drops no call that a version wants which some triage judges by just then.
It stands on four waits, each longer than what it waits for. All times here are milliseconds of the observer's own
clock, and none is compared with another machine's but for the first reading of a log.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from streams.records.publication import ANY, Announced, Published

ANNOUNCE_MS = 5_000
"""So often each process says what it goes by; at once when that changes."""

LIVE_MS = 30_000
"""A process that nobody has heard of for so long is not waited for."""

LEASE_MS = 20_000
"""So long after a look at the log a bridge may drop by what it saw. Shorter than LIVE_MS by all that lies between
an announcement and the look after it: a bridge that is taken for dead drops nothing any more."""

PROMISE_MS = 60_000
"""A bridge goes by what it announced for so long: longer than LIVE_MS and what clocks differ by, for which others
may rely on it."""

HOLD_MS = 120_000
"""What was the newest, or a worker's, is filtered by for so long: a worker that starts may have chosen it."""

CLOCKS_DIFFER_MS = 15_000
"""How far the log's clock and ours may be apart, for the age of what a first reading finds."""

STRANGE_MS = 60_000
"""So long a version that nobody published may stand on frames: its publication may be read later than they are."""

BRIDGE, WORKER = "bridge", "worker"


class Publication(NamedTuple):
    """A version, and the offset on `rules` at which it was published: a later one is newer."""

    position: int
    version: str


class Heard(NamedTuple):
    """What a bridge said last, and when it was heard."""

    versions: frozenset[str]
    heard_ms: int


class Known(NamedTuple):
    """What a reader of `rules` knows: `published` has the newest last.

    `needed` says when each version was last the newest, or a worker's. `floor` is the newest position that any
    worker has judged by.
    """

    published: tuple[Publication, ...] = ()
    bridges: Mapping[str, Heard] = {}
    needed: Mapping[str, int] = {}
    floor: int = -1

    @property
    def newest(self) -> Publication | None:
        """The last publication."""
        return self.published[-1] if self.published else None


class Stamp(NamedTuple):
    """When frames first and last named a version."""

    first_ms: int
    last_ms: int


class Told(NamedTuple):
    """One record of `rules`; of a process that left, `record` is None and `key` its name."""

    position: int
    key: str
    record: Published | Announced | None
    age_ms: int = 0


def hear(known: Known, told: Iterable[Told], ended_ms: int) -> Known:
    """What is known after a look at the log that ended then.

    Judge by the time at which the same look began: what a pause of this process kept from it counts for nothing.
    """
    for one in told:
        at_ms = ended_ms - max(0, one.age_ms - CLOCKS_DIFFER_MS)
        match one.record:
            case Published():
                known = _published(known, Publication(one.position, one.record.version), at_ms)
            case Announced() if one.record.role == BRIDGE:
                heard = Heard(frozenset(one.record.versions), at_ms)
                known = known._replace(bridges={**known.bridges, one.record.who: heard})
            case Announced():
                needed = dict(known.needed)
                for version in one.record.versions:
                    needed[version] = max(at_ms, needed.get(version, at_ms))
                known = known._replace(needed=needed, floor=max(known.floor, one.record.position))
            case None:
                left = {who: heard for who, heard in known.bridges.items() if who != one.key}
                known = known._replace(bridges=left)
    return known


def _published(known: Known, new: Publication, at_ms: int) -> Known:
    before = known.newest
    if before is not None and before.version == new.version:
        return known._replace(published=(*known.published[:-1], new))
    needed = known.needed if before is None else {**known.needed, before.version: at_ms}
    return known._replace(published=(*known.published, new), needed=needed)


def to_filter(known: Known, now_ms: int) -> frozenset[str]:
    """What a bridge has to filter by: the newest version, and whatever triage may still judge by."""
    newest = [known.newest.version] if known.newest is not None else []
    held = [version for version, at_ms in known.needed.items() if now_ms - at_ms <= HOLD_MS]
    return frozenset([*newest, *held])


def first_in_force(known: Known, usable: Callable[[str], bool], now_ms: int) -> Publication | None:
    """What a triage that starts judges by: the newest that every live bridge filters by, or none yet.

    Never one that is older than what any worker has judged by.
    """
    able = [one for one in known.published if one.position >= known.floor and usable(one.version)]
    return next((one for one in reversed(able) if _all_filter_by(known, one.version, now_ms)), None)


def next_in_force(
    known: Known, now: Publication, usable: Callable[[str], bool], now_ms: int
) -> Publication | None:
    """The newest version, once every live bridge filters by it; None while there is nothing to take up."""
    newest = next((one for one in reversed(known.published) if usable(one.version)), None)
    if newest is None or newest.position <= now.position or not _all_filter_by(known, newest.version, now_ms):
        return None
    return newest


def waits_for(known: Known, version: str, now_ms: int) -> list[str]:
    """The live bridges that do not filter by a version yet."""
    return sorted(
        who
        for who, heard in known.bridges.items()
        if now_ms - heard.heard_ms <= LIVE_MS and not heard.versions & {version, ANY}
    )


def strangers(stamps: Mapping[str, Stamp], known: Known, now_ms: int) -> list[str]:
    """The versions that frames still name after a minute, and that nobody published here."""
    published = {one.version for one in known.published}
    return sorted(
        version
        for version, stamp in stamps.items()
        if version not in published
        and now_ms - stamp.first_ms > STRANGE_MS
        and now_ms - stamp.last_ms <= STRANGE_MS
    )


def _all_filter_by(known: Known, version: str, now_ms: int) -> bool:
    return not waits_for(known, version, now_ms)


class Filtering(NamedTuple):
    """A bridge's side: what it filters by, and until when it may drop anything at all.

    `wanted` is what it has to filter by, `promised` what it announced and when, `announced` what it said last.
    """

    wanted: frozenset[str] = frozenset()
    promised: Mapping[str, int] = {}
    announced: frozenset[str] = frozenset()
    announced_ms: int | None = None
    drops_until_ms: int | None = None

    @property
    def versions(self) -> frozenset[str]:
        """Everything it filters by."""
        return self.wanted | frozenset(self.promised)

    def due(self, now_ms: int) -> bool:
        """Whether it has to announce."""
        again = self.announced_ms is None or now_ms - self.announced_ms >= ANNOUNCE_MS
        return bool(self.wanted) and (again or self.announced != self.wanted)

    def looked(self, known: Known, began_ms: int) -> "Filtering":
        """After a look at the whole log that began then: what it said before has been heard by then."""
        wanted = to_filter(known, began_ms)
        promised = {version: at_ms for version, at_ms in self.promised.items() if began_ms - at_ms <= PROMISE_MS}
        said = self.announced_ms is not None and began_ms - self.announced_ms < LIVE_MS - LEASE_MS
        until = began_ms + LEASE_MS if said else self.drops_until_ms
        return self._replace(wanted=wanted, promised=promised, drops_until_ms=until)

    def said(self, versions: Collection[str], began_ms: int, now_ms: int) -> "Filtering":
        """After an announcement that was begun then and is on the log now."""
        promised = {**self.promised, **dict.fromkeys(versions, now_ms)}
        return self._replace(announced=frozenset(versions), announced_ms=began_ms, promised=promised)

    def may_drop(self, now_ms: int) -> bool:
        """Whether what nothing wants may be left out now; else everything passes."""
        return self.drops_until_ms is not None and now_ms <= self.drops_until_ms
