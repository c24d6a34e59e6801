"""Trouble: what could not be taken as a call, as dead letters and as the pages about them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from streams.bridge.letters import Letters
from streams.bridge.unreadable import Ration, Unreadable, incidents
from streams.envelopes.item import Refused
from streams.envelopes.scan import named_pairs, spelled
from streams.records.codec import to_wire
from streams.records.command import CommandFrame, Incident
from streams.shell.message import Send
from streams.topics import Topic

_PAGES = ("notify", "alert")
_MAX_DETAIL = 500
_MAX_ACCOUNT = 64

Sensitive = Callable[[str | None, str | None], str | None]
"""The strongest action that a rule gives an (eventSource, eventName), None where no rule names the pair.

Of a pair that is known by half the other half may be anything."""


class Trouble:
    """One group's dead letters and incidents.

    Invariant: a delivery with unreadable parts that name a sensitive call pages by itself, and beyond the ration
    with others like it (I21); every other dead letter pages once per feed and hour, by an id that makes all of
    them one case.
    """

    def __init__(self, feed: str, sensitive: Sensitive, now_ms: int, ration: Ration) -> None:
        self._feed = feed
        self._sensitive = sensitive
        self._now_ms = now_ms
        self._ration = ration
        self._hour = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y-%m-%dT%H")
        self._letters = Letters(feed, now_ms)
        self._unreadable: list[Unreadable] = []
        self._fresh = True
        self._incidents: dict[str, Incident] = {}

    @property
    def size(self) -> int:
        """Bytes that wait in dead letters."""
        return self._letters.size

    def next_delivery(self) -> None:
        """What follows is of another delivery."""
        self._letters.next_delivery()
        self._fresh = True

    def refused(self, item: Refused, position: str, account: str | None, traceback: str | None = None) -> None:
        """A part that could not be read."""
        pairs = sorted(spelled(pair) for pair in named_pairs(item.body) if self._sensitive(*pair) in _PAGES)
        self._letters.add(item, position, pairs, traceback)
        if not pairs:
            summary = f"{self._feed}: something arrived that could not be read ({item.reason})"
            self._hourly("dead_letters", "low", summary, item, account)
            return
        if self._fresh:
            self._unreadable.append(Unreadable(self._feed, item, position, account))
            self._fresh = False
        self._unreadable[-1].add(item, pairs)

    def unbound(self, item: Refused, position: str, account: str | None) -> None:
        """A call that may not come by this feed: somebody speaks for another account, or the binding is wrong."""
        self._letters.add(item, position, [], None)
        summary = f"{self._feed}: a call came that this feed may not bring: {item.detail[:_MAX_DETAIL]}"
        self._hourly("unbound_account", "high", summary, item, account)

    def unread(self, item: Refused, position: str) -> None:
        """Calls that lie where no feed looks: whoever sends the notice expects them to be read."""
        self._letters.add(item, position, [], None)
        summary = f"{self._feed}: a notice names an object whose calls are not read: {item.detail[:_MAX_DETAIL]}"
        self._hourly("pointers", "low", summary, item, None)

    def cut(self, position: str, taken: int, size: int) -> None:
        """A file so large that only its beginning was read: calls are missing, and nobody will read them later."""
        told = f"only the first {taken} of {size} bytes of {position} were read"
        self._letters.add(Refused("file_cut", told, b""), position, [], None)
        digest = sha256(f"{self._feed}\0{position}\0{size}".encode()).hexdigest()[:32]
        details = {"feed": self._feed, "file": position, "bytes": str(size), "bytes read": str(taken)}
        incident_id = f"file_cut-{digest}"
        self._incidents[incident_id] = Incident(
            incident_id, "file_cut", "high", "-", f"{self._feed}: {told}; split it and put it in again", details
        )

    def letters(self) -> Sequence[Send]:
        """The dead letters so far, once."""
        feed = self._feed.encode()
        return [Send(Topic.DEAD_LETTERS, feed, to_wire(letter)) for letter in self._letters.take()]

    def sends(self) -> Sequence[Send]:
        """The dead letters that are left and, in one frame, the incidents; once, at the end of the group."""
        pages = [*self._incidents.values(), *incidents(self._feed, self._unreadable, self._ration, self._now_ms)]
        if not pages:
            return self.letters()
        key = b"incident/" + self._feed.encode()
        distinct = {incident.incident_id: incident for incident in pages}
        frame = CommandFrame(list(distinct.values()))
        return [*self.letters(), Send(Topic.COMMANDS, key, to_wire(frame))]

    def _hourly(self, kind: str, urgency: str, summary: str, item: Refused, account: str | None) -> None:
        incident_id = f"{kind}-{self._feed}-{self._hour}"
        details = {
            "feed": self._feed,
            "hour": self._hour,
            "first_reason": item.reason,
            "first_detail": item.detail[:_MAX_DETAIL],
        }
        incident = Incident(incident_id, kind, urgency, (account or "-")[:_MAX_ACCOUNT], summary, details)
        self._incidents.setdefault(incident_id, incident)
