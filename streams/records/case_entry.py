"""Case entry: the bytes of a case in its table: its head in the clear, then all of it, squeezed.

An entry is a MessagePack array of four: its version, a CRC-32 of what follows, the head as an array, and the case
as MessagePack (with its names, as a version 1 entry is), compressed by zstd against a sample of a case and its
head. So what repeats (names, ids, the usual texts, fingerprints of listed calls) costs next to nothing, and who
wants the head alone decompresses nothing. The case's own `fingerprints`, up to 32 KB, are in the head only. In
version 2 it is zlib that squeezes.

Neither SQLite nor a disk tells of a bit that turned over, and a deadline may be in that bit: hence the checksum.
"""

import zlib
from hashlib import sha256
from typing import TypeVar
from zlib import crc32

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from streams.records.case import Case
from streams.records.case_head import CaseHead, head_of
from streams.records.case_sample import SAMPLE
from streams.records.packed import pack, unpack

T = TypeVar("T")

VERSION = 3
_BY_ZLIB = 2
_SEEDS = {_BY_ZLIB: 0, VERSION: VERSION}
"""What a checksum begins with: from version 3 on the version counts too, for it says how the rest is read."""
_ARRAY_OF_FOUR = 0x94
_CHECK_BYTES = 4
_PREFIX = bytes([_ARRAY_OF_FOUR, VERSION, 0xC4, _CHECK_BYTES])
_CHECKED_FROM = len(_PREFIX) + _CHECK_BYTES
"""Where the head begins: what is before it has always the same length."""
_FINGERPRINT = 32
_WINDOW_BITS = 13
_LEVEL = 3
"""At level 1 a small case, which is what lies there by the million, takes a twentieth more."""
_MOST_BYTES = 1 << 24


class _Entry(Struct, frozen=True, array_like=True):
    """All of an entry; `squeezed` is a zstd frame, or a zlib stream of version 2."""

    v: int
    check: bytes
    head: Raw
    squeezed: bytes


class _Front(Struct, frozen=True, array_like=True, gc=False):
    """What a recovery decodes of an entry."""

    v: int
    check: bytes
    head: CaseHead


_encoder = msgspec.msgpack.Encoder()
_cases = msgspec.msgpack.Decoder(Case)
_heads = msgspec.msgpack.Decoder(CaseHead)
_entries = msgspec.msgpack.Decoder(_Entry)
_fronts = msgspec.msgpack.Decoder(_Front)


def entry_of(case: Case) -> bytes:
    """The entry of a case."""
    head = _encoder.encode(head_of(case))
    case_bytes = _encoder.encode(replace(case, fingerprints=b""))
    squeezed = pack(case_bytes, _known(head, case.fingerprints), _LEVEL)
    rest = head + _encoder.encode(squeezed)
    return _PREFIX + crc32(rest, _SEEDS[VERSION]).to_bytes(_CHECK_BYTES, "big") + rest


def case_in(entry: bytes) -> Case:
    """The case of an entry of any version.

    Raises:
        msgspec.DecodeError: the bytes are no entry of a case.
    """
    if not _squeezed(entry):
        return _understood(_cases, entry)
    case, fingerprints = _restored(entry)
    return replace(_understood(_cases, case), fingerprints=fingerprints)


def head_in(entry: bytes) -> CaseHead:
    """The head of the case of an entry; of a version 1 entry the whole case is decoded for it.

    Raises:
        msgspec.DecodeError: the bytes are no entry of a case.
    """
    if not _squeezed(entry):
        return head_of(_understood(_cases, entry))
    front = _understood(_fronts, entry)
    _check(entry, front)
    return front.head


def opened(entry: bytes) -> bytes:
    """The case of an entry as MessagePack, maybe without its fingerprints, but with every text readable.

    Raises:
        msgspec.DecodeError: the bytes are no entry of a case.
    """
    return _restored(entry)[0] if _squeezed(entry) else entry


def _restored(entry: bytes) -> tuple[bytes, bytes]:
    """The case as MessagePack without its fingerprints, and these."""
    found = _understood(_entries, entry)
    _check(entry, found)
    fingerprints = _understood(_heads, found.head).fingerprints
    head = bytes(found.head)
    if found.v == _BY_ZLIB:
        return _inflated(found.squeezed, head + _digest(fingerprints) + SAMPLE), fingerprints
    return unpack(found.squeezed, _known(head, fingerprints), _MOST_BYTES), fingerprints


def _inflated(squeezed: bytes, known: bytes) -> bytes:
    inflate = zlib.decompressobj(_WINDOW_BITS, zdict=known)
    try:
        case = inflate.decompress(squeezed, _MOST_BYTES)
    except zlib.error as error:
        raise msgspec.DecodeError(f"the case of this entry cannot be inflated: {error}") from error
    if not inflate.eof:
        raise msgspec.DecodeError("the case of this entry is cut off, or far too long")
    return case


def _known(head: bytes, fingerprints: bytes) -> bytes:
    """What a case is packed against; like the sample it never changes."""
    return SAMPLE + head + _digest(fingerprints)


def _digest(fingerprints: bytes) -> bytes:
    """The digest that the case has, or would have: part of the dictionary, since it stands in the facts too.

    Whether it is right is of no matter here: what is not found in a dictionary is written out.
    """
    each = sorted(fingerprints[at : at + _FINGERPRINT] for at in range(0, len(fingerprints), _FINGERPRINT))
    return sha256(b"".join(each)).hexdigest().encode()


def _squeezed(entry: bytes) -> bool:
    """Whether an entry is younger than version 1, which is a map."""
    return entry[:1] == _PREFIX[:1]


def _understood(decoder: msgspec.msgpack.Decoder[T], data: bytes | Raw) -> T:
    """What the decoder makes of it; a text that is no UTF-8 is a fault of the entry like any other."""
    try:
        return decoder.decode(data)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"a text in this entry is no UTF-8: {error}") from error


def _check(entry: bytes, found: _Entry | _Front) -> None:
    seed = _SEEDS.get(found.v)
    if seed is None:
        raise msgspec.ValidationError(f"this release does not know version {found.v} of the entry of a case")
    if crc32(entry[_CHECKED_FROM:], seed) != int.from_bytes(found.check, "big"):
        raise msgspec.DecodeError("this entry is damaged: its checksum is of something else")
