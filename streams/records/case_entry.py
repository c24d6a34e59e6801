"""Case entry: the bytes of a case in its table: its head in the clear, then all of it, squeezed.

An entry is a MessagePack array of three: its version, the head as an array, and the case as MessagePack (with its
names, as a version 1 entry is), deflated against the head and a sample of a case. So what repeats (names, ids, the
usual texts, fingerprints of listed calls) costs next to nothing, and who wants the head alone inflates nothing.
The case's own `fingerprints`, up to 32 KB, are in the head only.
"""

import zlib
from hashlib import sha256

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from streams.records.case import Case
from streams.records.case_head import CaseHead, head_of
from streams.records.case_sample import SAMPLE

VERSION = 2
_ARRAY_OF_THREE = 0x93
_FINGERPRINT = 32
_LEVEL, _WINDOW_BITS, _MEMORY = 4, 13, 6
"""A window of 8 KB holds sample, head and case; more costs time at each write and saves nothing."""
_MOST_BYTES = 1 << 24


class _Entry(Struct, frozen=True, array_like=True):
    """All of an entry; `squeezed` is a zlib stream, whose checksum is of the case and of the dictionary."""

    v: int
    head: Raw
    squeezed: bytes


class _Front(Struct, frozen=True, array_like=True, gc=False):
    """What a recovery decodes of an entry."""

    v: int
    head: CaseHead


_encoder = msgspec.msgpack.Encoder()
_cases = msgspec.msgpack.Decoder(Case)
_heads = msgspec.msgpack.Decoder(CaseHead)
_entries = msgspec.msgpack.Decoder(_Entry)
_fronts = msgspec.msgpack.Decoder(_Front)


def entry_of(case: Case) -> bytes:
    """The entry of a case."""
    head = _encoder.encode(head_of(case))
    known = _known(head, case.fingerprints)
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY, zlib.Z_FIXED, zdict=known)
    rest = _encoder.encode(replace(case, fingerprints=b""))
    squeezed = deflate.compress(rest) + deflate.flush()
    return _encoder.encode(_Entry(VERSION, Raw(head), squeezed))


def case_in(entry: bytes) -> Case:
    """The case of an entry of any version.

    Raises:
        msgspec.DecodeError: the bytes are no entry of a case.
    """
    if not _squeezed(entry):
        return _cases.decode(entry)
    case, fingerprints = _inflated(entry)
    return replace(_cases.decode(case), fingerprints=fingerprints)


def head_in(entry: bytes) -> CaseHead:
    """The head of the case of an entry; of a version 1 entry the whole case is decoded for it.

    Raises:
        msgspec.DecodeError: the bytes are no entry of a case.
    """
    if not _squeezed(entry):
        return head_of(_cases.decode(entry))
    front = _fronts.decode(entry)
    _check(front.v)
    return front.head


def opened(entry: bytes) -> bytes:
    """The case of an entry as MessagePack, maybe without its fingerprints, but with every text readable.

    Raises:
        msgspec.DecodeError: the bytes are no entry of a case.
    """
    return _inflated(entry)[0] if _squeezed(entry) else entry


def _inflated(entry: bytes) -> tuple[bytes, bytes]:
    """The case as MessagePack without its fingerprints, and these."""
    found = _entries.decode(entry)
    _check(found.v)
    fingerprints = _heads.decode(found.head).fingerprints
    inflate = zlib.decompressobj(_WINDOW_BITS, zdict=_known(bytes(found.head), fingerprints))
    try:
        case = inflate.decompress(found.squeezed, _MOST_BYTES)
    except zlib.error as error:
        raise msgspec.DecodeError(f"the case of this entry cannot be inflated: {error}") from error
    if not inflate.eof:
        raise msgspec.DecodeError("the case of this entry is cut off, or far too long")
    return case, fingerprints


def _known(head: bytes, fingerprints: bytes) -> bytes:
    """What a case is deflated against; like the sample it never changes.

    The digest that the case has, or would have, is part of it, since it stands in the facts too. Whether it is
    right is of no matter here: what is not found in a dictionary is written out.
    """
    each = sorted(fingerprints[at : at + _FINGERPRINT] for at in range(0, len(fingerprints), _FINGERPRINT))
    return head + sha256(b"".join(each)).hexdigest().encode() + SAMPLE


def _squeezed(entry: bytes) -> bool:
    """Whether an entry is younger than version 1, which is a map."""
    return entry[:1] == bytes([_ARRAY_OF_THREE])


def _check(version: int) -> None:
    if version != VERSION:
        raise msgspec.ValidationError(f"this release does not know version {version} of the entry of a case")
