"""How records become bytes: JSON on topics, MessagePack in tables."""

from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T")

_json_encoder = msgspec.json.Encoder()
_msgpack_encoder = msgspec.msgpack.Encoder()


@cache
def _json_decoder(kind: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(cast("Any", kind))


@cache
def _msgpack_decoder(kind: Hashable) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(cast("Any", kind))


def to_wire(record: Any) -> bytes:
    """The JSON bytes of a record, as they travel on a topic."""
    return _json_encoder.encode(record)


def from_wire(kind: type[T], data: bytes) -> T:
    """The record of that kind in these JSON bytes.

    Raises:
        msgspec.DecodeError: the bytes are no JSON, or no record of that kind.
    """
    decoded: T = _json_decoder(cast("Hashable", kind)).decode(data)
    return decoded


def to_entry(record: Any) -> bytes:
    """The MessagePack bytes of a record, as a table's changelog keeps them (fingerprints stay raw bytes)."""
    return _msgpack_encoder.encode(record)


def from_entry(kind: type[T], data: bytes) -> T:
    """The record of that kind in a table entry's bytes.

    Raises:
        msgspec.DecodeError: the bytes are no MessagePack, or no record of that kind.
    """
    decoded: T = _msgpack_decoder(cast("Hashable", kind)).decode(data)
    return decoded
