"""Letters: one group's dead letters, with a bound on what one delivery can leave on the log."""

from hashlib import sha256

from streams.envelopes.item import Refused
from streams.records.dead_letter import DeadLetter

MAX_BODY = 64 * 1024
MAX_DELIVERY = 256 * 1024
"""A delivery's letters keep this much body in all: 59 KB of gzip can hold 1,000 parts of 64 KB each."""

SHORT_BODY = 200
_MAX_PAIRS = 50
_SHORT_PAIRS = 5
_MAX_DETAIL = 500
_MAX_TRACEBACK = 4_000
_OVERHEAD = 400


class Letters:
    """Gathers dead letters; `size` is roughly their bytes.

    Invariant: every part has its letter. Once a delivery has used up its room, a further letter keeps the first
    200 bytes, and in `detail` the length and sha256 of the whole.
    """

    def __init__(self, feed: str, now_ms: int) -> None:
        self.size = 0
        self._feed = feed
        self._now_ms = now_ms
        self._room = MAX_DELIVERY
        self._letters: list[DeadLetter] = []

    def next_delivery(self) -> None:
        """What follows is of another delivery, which has room of its own."""
        self._room = MAX_DELIVERY

    def add(self, item: Refused, position: str, pairs: list[str], traceback: str | None) -> None:
        """The letter of one part; `pairs` are the sensitive calls that it names."""
        body, detail, most = item.body[:MAX_BODY], item.detail[:_MAX_DETAIL], _MAX_PAIRS
        if len(body) > max(self._room, SHORT_BODY):
            digest = sha256(item.body).hexdigest()
            detail = f"{detail}; the first {SHORT_BODY} of {len(item.body)} bytes, sha256 {digest}"
            body, most = item.body[:SHORT_BODY], _SHORT_PAIRS
        self._room -= len(body)
        self.size += len(body) + _OVERHEAD
        trace = None if traceback is None else traceback[-_MAX_TRACEBACK:]
        letter = DeadLetter(
            self._now_ms, "bridge", item.reason, detail, self._feed, position, body, pairs[:most], trace
        )
        self._letters.append(letter)

    def take(self) -> list[DeadLetter]:
        """Every letter so far, once."""
        letters, self._letters, self.size = self._letters, [], 0
        return letters
