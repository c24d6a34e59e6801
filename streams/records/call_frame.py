"""Call frame: the bytes of a frame of calls, and of whatever else travels on `calls`.

A frame is a MessagePack array, packed as a whole (`packed.py`), its version first: each record stands in it as the
bytes that came, behind their length, and which call has which head is told beside the calls, so whoever reads a
frame jumps over the calls that he does not want. Version 1 is JSON, with the records inside. Every other message
of the topic is JSON.
"""

import struct
from collections.abc import Callable, Container
from typing import Any

import msgspec
from msgspec import Raw, Struct

from streams.records.beat import Beat
from streams.records.call import CallFrame, CallMessage, Feed, FramedCall, SeenSweep, WaitOver
from streams.records.grant import GrantFrame
from streams.records.head import Head
from streams.records.packed import is_packed, pack, unpack

VERSION = 3
_JSON = b"{"
_ARRAY_OF_SIX = 0x96
_BEGINS = bytes([_ARRAY_OF_SIX, VERSION])
_NO_HEAD = 0xFFFF

Wanted = Callable[[Head], bool]


class _Frame(Struct, frozen=True, array_like=True):
    """`placed` holds two bytes a call: the index of its head; 0xFFFF where it has none, or no mark."""

    v: int
    rules_version: str
    feeds: list[Feed]
    heads: list[Head]
    placed: bytes
    calls: list[Any]


class _Read(_Frame, frozen=True, array_like=True):
    calls: list[Raw]


class _Marked(Struct, frozen=True, array_like=True):
    """A call of which nothing but its mark is looked at."""

    feed: Raw
    position: Raw
    received_ms: Raw
    account: Raw
    record: Raw
    mark: bytes | None


class _Versioned(Struct, frozen=True, array_like=True):
    v: int


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
_frames = msgspec.msgpack.Decoder(_Read)
_versions = msgspec.msgpack.Decoder(_Versioned)
_call = msgspec.msgpack.Decoder(FramedCall).decode
_marked = msgspec.msgpack.Decoder(_Marked).decode
_messages: msgspec.json.Decoder[_JsonFrame | GrantFrame | SeenSweep | WaitOver | Beat] = msgspec.json.Decoder(
    _JsonFrame | GrantFrame | SeenSweep | WaitOver | Beat
)


def frame_bytes(frame: CallFrame) -> bytes:
    """The bytes of a frame."""
    places = (_NO_HEAD if call.head is None or call.mark is None else call.head for call in frame.calls)
    placed = struct.pack(f"<{len(frame.calls)}H", *places)
    return pack(_encode(_Frame(VERSION, frame.rules_version, frame.feeds, frame.heads, placed, frame.calls)))


def call_message(data: bytes, wanted: Wanted | None = None, held: Container[bytes] = ()) -> CallMessage:
    """The message of `calls` that these bytes are, a frame of version 1 or 3 among them.

    With `wanted`, a frame comes without the calls of whose heads that is false, but for those whose marks are
    `held`; `left_out` counts them.

    Raises:
        msgspec.DecodeError: they are none.
    """
    if data[:1] != _JSON:
        try:
            return _frame(_read(unpack(data) if is_packed(data) else data), wanted, held)
        except UnicodeDecodeError as error:
            raise msgspec.DecodeError(f"a text in this frame is no UTF-8: {error}") from error
    message = _messages.decode(data)
    if not isinstance(message, _JsonFrame):
        return message
    return CallFrame(message.rules_version, message.feeds, [call.framed() for call in message.calls])


def _frame(found: _Read, wanted: Wanted | None, held: Container[bytes]) -> CallFrame:
    try:
        placed = struct.unpack(f"<{len(found.calls)}H", found.placed)
    except struct.error as error:
        raise msgspec.DecodeError(f"a frame that does not place its calls: {error}") from error
    quiet = set() if wanted is None else {at for at, head in enumerate(found.heads) if not wanted(head)}
    calls = [
        _call(raw)
        for raw, at in zip(found.calls, placed, strict=True)
        if at not in quiet or (held and _is_held(raw, held))
    ]
    left_out = None if wanted is None else len(placed) - len(calls)
    return CallFrame(found.rules_version, found.feeds, calls, found.heads, left_out)


def _is_held(raw: Raw, held: Container[bytes]) -> bool:
    """Whether the call is one of those; one that is spoilt is none, for it was not read before either."""
    try:
        return _marked(raw).mark in held
    except msgspec.DecodeError:
        return False


def _read(plain: bytes) -> _Read:
    if not plain.startswith(_BEGINS):  # a look at the version alone would go through all of it
        version = _versions.decode(plain).v
        raise msgspec.ValidationError(f"this release does not know version {version} of a frame of calls")
    return _frames.decode(plain)
