"""Framer: calls gathered into frames, one open frame a partition."""

from collections.abc import Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from streams.records.call import CallFrame, Feed, FramedCall
from streams.records.call_frame import frame_bytes
from streams.records.head import Head
from streams.shell.message import Send
from streams.topics import Topic

MAX_FRAME_BYTES = 1 << 20
MAX_FRAME_CALLS = 2_000
_CALL_OVERHEAD = 200


class _Open(Struct):
    version: str
    feeds: dict[Feed, int] = field(default_factory=dict)
    heads: dict[Head, int] = field(default_factory=dict)
    calls: list[FramedCall] = field(default_factory=list)
    size: int = 0


class Framer:
    """Fills frames up to 1 MiB before they are packed, or 2,000 calls; when 50 ms are over is the bridge's to say.

    Every call of a frame was let through by the version that the frame names.
    """

    def __init__(self) -> None:
        self.size = 0
        self._open: dict[int, _Open] = {}
        self._full: list[Send] = []

    def add(self, partition: int, feed: Feed, head: Head | None, call: FramedCall, version: str) -> None:
        """Put a call into its partition's frame; its `feed` and `head` indexes are set here."""
        size = len(call.record)
        frame = self._open.get(partition)
        if frame is None:
            frame = self._open[partition] = _Open(version)
        full = frame.size + size > MAX_FRAME_BYTES or len(frame.calls) >= MAX_FRAME_CALLS
        if frame.calls and (full or frame.version != version):
            self._full.append(self._close(partition))
            frame = self._open[partition] = _Open(version)
        if head is not None and head not in frame.heads:
            size += _size_of(head)
            frame.heads[head] = len(frame.heads)
        index = None if head is None else frame.heads[head]
        frame.calls.append(replace(call, feed=frame.feeds.setdefault(feed, len(frame.feeds)), head=index))
        frame.size += size + _CALL_OVERHEAD
        self.size += size + _CALL_OVERHEAD

    def take(self) -> Sequence[Send]:
        """Every frame so far, the open ones too, in the order in which each partition's calls came."""
        frames = self._full + [self._close(partition) for partition in sorted(self._open)]
        self._open, self._full, self.size = {}, [], 0
        return frames

    def _close(self, partition: int) -> Send:
        frame = self._open[partition]
        value = frame_bytes(CallFrame(frame.version, list(frame.feeds), frame.calls, list(frame.heads)))
        return Send(Topic.CALLS, None, value, partition)


def _size_of(head: Head) -> int:
    texts = (head.event_source, head.event_name, head.kind, head.arn, head.error_code)
    return sum(len(text) for text in texts if text is not None)
