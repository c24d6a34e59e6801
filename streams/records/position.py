"""Position: how far a feed's source was read, for feeds that are not told what to forget."""

from msgspec import Struct


class FeedPosition(Struct, frozen=True):
    """One record on `feed-positions`, keyed by feed and part; `part` is a shard or a file, `mark` the feed's own.

    Invariant: appended together with the frames of what it says was read, or after them.
    """

    feed: str
    part: str
    mark: str
    at_ms: int
    v: int = 1


def position_key(feed: str, part: str) -> bytes:
    """The key under which compaction keeps the last position of a part."""
    return f"{feed}/{part}".encode()
