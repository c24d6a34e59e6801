"""Call frame: the bytes of a frame of calls, and of whatever else travels on `calls`.

A frame is a MessagePack array, packed as a whole (`packed.py`), its version first: each record stands in it as the
bytes that came, behind their length, so whoever reads a frame jumps over the records that he does not want. Frames
that are not packed are read too, and version 1: JSON, with the records inside. Every other message of the topic is
JSON.
"""

import msgspec
from msgspec import Raw, Struct

from streams.records.beat import Beat
from streams.records.call import CallFrame, CallMessage, Feed, FramedCall, SeenSweep, WaitOver
from streams.records.grant import GrantFrame
from streams.records.head import Head
from streams.records.packed import is_packed, pack, unpack

VERSION = 2
_JSON = b"{"


class _Frame(Struct, frozen=True, array_like=True):
    v: int
    rules_version: str
    feeds: list[Feed]
    heads: list[Head]
    calls: list[FramedCall]


class JsonCall(Struct, frozen=True):
    """A call in a frame of version 1."""

    feed: int
    position: str
    received_ms: int
    account: str | None
    record: Raw
    mark: bytes | None = None

    def framed(self) -> FramedCall:
        """The same call as it is today."""
        return FramedCall(self.feed, self.position, self.received_ms, self.account, bytes(self.record), self.mark)


class _JsonFrame(Struct, frozen=True, tag="frame"):
    rules_version: str
    feeds: list[Feed]
    calls: list[JsonCall]


_encode = msgspec.msgpack.Encoder().encode
_frames = msgspec.msgpack.Decoder(_Frame)
_messages: msgspec.json.Decoder[_JsonFrame | GrantFrame | SeenSweep | WaitOver | Beat] = msgspec.json.Decoder(
    _JsonFrame | GrantFrame | SeenSweep | WaitOver | Beat
)


def frame_bytes(frame: CallFrame) -> bytes:
    """The bytes of a frame."""
    return pack(_encode(_Frame(VERSION, frame.rules_version, frame.feeds, frame.heads, frame.calls)))


def call_message(data: bytes) -> CallMessage:
    """The message of `calls` that these bytes are, a frame of any version among them.

    Raises:
        msgspec.DecodeError: they are none.
    """
    if data[:1] != _JSON:
        return _frame(unpack(data) if is_packed(data) else data)
    message = _messages.decode(data)
    if not isinstance(message, _JsonFrame):
        return message
    return CallFrame(message.rules_version, message.feeds, [call.framed() for call in message.calls])


def _frame(data: bytes) -> CallFrame:
    try:
        found = _frames.decode(data)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"a text in this frame is no UTF-8: {error}") from error
    if found.v != VERSION:
        raise msgspec.ValidationError(f"this release does not know version {found.v} of a frame of calls")
    return CallFrame(found.rules_version, found.feeds, found.calls, found.heads)
