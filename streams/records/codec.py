"""How records become bytes: JSON on topics but for frames of calls (`call_frame.py`), MessagePack in tables."""

from collections.abc import Callable, Hashable, Mapping
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

from streams.records.case import Case
from streams.records.case_entry import case_in, entry_of, head_in
from streams.records.case_head import CaseHead

T = TypeVar("T")

_json_encoder = msgspec.json.Encoder()
_msgpack_encoder = msgspec.msgpack.Encoder()


@cache
def _json_decoder(kind: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(cast("Any", kind))


@cache
def _msgpack_decoder(kind: Hashable) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(cast("Any", kind))


_OWN_FORMS: Mapping[type, Callable[[bytes], Any]] = {Case: case_in, CaseHead: head_in}


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
    """The MessagePack bytes of a record, as a table's changelog keeps them (fingerprints stay raw bytes).

    Those of a case have a form of their own (`streams/records/case_entry.py`).
    """
    entry = entry_of(record) if isinstance(record, Case) else _msgpack_encoder.encode(record)
    return bytes(memoryview(entry))  # what an encoder returns has half as much room again behind it


def from_entry(kind: type[T], data: bytes) -> T:
    """The record of that kind in a table entry's bytes.

    Raises:
        msgspec.DecodeError: the bytes are no MessagePack, or no record of that kind.
    """
    decode = _OWN_FORMS.get(kind) or _msgpack_decoder(cast("Hashable", kind)).decode
    decoded: T = decode(data)
    return decoded
