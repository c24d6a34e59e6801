"""Unreadable: bodies that cannot be read and name sensitive calls, and how many pages they make."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256

from streams.envelopes.item import Refused
from streams.records.command import Incident

ALONE_AN_HOUR = 5
"""So many deliveries of a feed page by themselves in an hour; who may publish could fill a night otherwise."""

_HOUR_MS = 3_600_000
_SHARED_MS = 600_000
_MAX_ACCOUNT = 64


class Ration:
    """Which incidents of one feed page alone in this hour; kept from group to group.

    An incident that is told again has its place already. What a restart forgets makes a few pages more.
    """

    def __init__(self) -> None:
        self._hour = 0
        self._alone: set[str] = set()

    def allows(self, incident_id: str, now_ms: int) -> bool:
        """Whether this incident pages alone."""
        hour = now_ms // _HOUR_MS
        if hour != self._hour:
            self._hour, self._alone = hour, set()
        if incident_id in self._alone:
            return True
        if len(self._alone) >= ALONE_AN_HOUR:
            return False
        self._alone.add(incident_id)
        return True


class Unreadable:
    """What the unreadable parts of one delivery name; one incident, whose id follows from the feed and the parts.

    So a redelivery is the same case, wherever the parts stand in a queue or a folder.
    """

    def __init__(self, feed: str, item: Refused, position: str, account: str | None) -> None:
        self.pairs: set[str] = set()
        self._feed = feed
        self._first = item
        self._position = position
        self._account = (account or "-")[:_MAX_ACCOUNT]
        self._parts = 0
        self._digest = sha256(feed.encode())

    def add(self, item: Refused, pairs: list[str]) -> None:
        """One more part of the delivery."""
        self._parts += 1
        self.pairs.update(pairs)
        self._digest.update(len(item.body).to_bytes(8, "big") + item.body)

    def incident(self) -> Incident:
        """The page for this delivery alone."""
        names, reason = sorted(self.pairs), self._first.reason
        what = "A call" if self._parts == 1 else f"{self._parts} parts of one delivery"
        verb = "names" if self._parts == 1 else "name"
        details = {
            "feed": self._feed,
            "position": self._position,
            "reason": reason,
            "parts": str(self._parts),
            "names": _listed(names, 20),
        }
        return Incident(
            f"unreadable-{self._digest.hexdigest()[:32]}",
            "unreadable_sensitive",
            "high",
            self._account,
            f"{what} that cannot be read ({reason}) {verb} {_listed(names, 3)}",
            details,
            guard=True,  # rationed here, so no ceiling makes it wait for an aggregate (I21)
        )


def incidents(feed: str, found: list[Unreadable], ration: Ration, now_ms: int) -> Iterator[Incident]:
    """The pages for a group's deliveries: of their own while the ration lasts, then one for each ten minutes."""
    alone = [(one, one.incident()) for one in found]
    shared = [one for one, incident in alone if not ration.allows(incident.incident_id, now_ms)]
    yield from (incident for one, incident in alone if one not in shared)
    if shared:
        yield _shared(feed, shared, now_ms)


def _shared(feed: str, found: list[Unreadable], now_ms: int) -> Incident:
    since = datetime.fromtimestamp(now_ms // _SHARED_MS * _SHARED_MS / 1000, UTC).strftime("%Y-%m-%dT%H:%M")
    names = sorted(set().union(*(one.pairs for one in found)))
    summary = (
        f"{feed}: over {ALONE_AN_HOUR} deliveries this hour name sensitive calls and cannot be read, such as "
        f"{_listed(names, 3)}; one page for all of ten minutes, see `countersign dlq list`"
    )
    details = {"feed": feed, "since": since, "deliveries at first": str(len(found)), "names": _listed(names, 20)}
    kind = "unreadable_sensitive"
    return Incident(f"unreadable-{feed}-{since}", kind, "high", "-", summary, details, guard=True)


def _listed(names: list[str], most: int) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
