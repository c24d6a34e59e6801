"""Inflate: gzip and zlib opened in a stream, with a ceiling on what may come out."""

import zlib
from typing import NamedTuple

_GZIP = b"\x1f\x8b"
_GZIP_DEFLATE = _GZIP + b"\x08"
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_STARTS = (_GZIP, *_ZLIB)
_CHUNK = 1 << 20
_ANY_HEADER = 32 + zlib.MAX_WBITS
MAX_RATIO = 200
RATIO_COUNTS_FROM = 32 << 20
"""Ordinary logs shrink to a tenth; below 32 MiB nothing is gained by looking at the ratio."""


class Inflated(NamedTuple):
    """What came out, and why it is not all of it (None when it is)."""

    data: bytes
    reason: str | None


def is_compressed(data: bytes) -> bool:
    """Whether bytes begin as gzip or zlib does; no JSON text begins so."""
    return data.startswith(_STARTS)


def inflate(data: bytes, max_bytes: int) -> Inflated:
    """The contents of every member of a gzip or zlib stream, up to `max_bytes` and `MAX_RATIO`.

    Zeros behind a member are padding. Whatever else stands between members makes it `bad_gzip` and is kept as it
    is: a call that hides behind the first member is found as well.
    """
    out = bytearray()
    rest = data
    ceiling = min(max_bytes, _allowed(len(data)))
    fault = None
    while rest:
        stream = zlib.decompressobj(_ANY_HEADER)
        try:
            reason, rest = _member(stream, rest, out, ceiling)
        except zlib.error:
            return Inflated(bytes(out), "bad_gzip")
        if reason:
            return Inflated(bytes(out), reason)
        rest = rest.lstrip(b"\0")
        if rest and not is_compressed(rest):
            fault = "bad_gzip"
            between, rest = _up_to_a_member(rest)
            out += between
            if len(out) > ceiling:
                return Inflated(bytes(out), "too_large_unpacked")
    return Inflated(bytes(out), fault)


def _up_to_a_member(rest: bytes) -> tuple[bytes, bytes]:
    """What stands before the next gzip member, and from that member on."""
    at = rest.find(_GZIP_DEFLATE)
    return (rest, b"") if at < 0 else (rest[:at], rest[at:])


def _allowed(compressed: int) -> int:
    return max(RATIO_COUNTS_FROM, compressed * MAX_RATIO)


def _member(stream: "zlib._Decompress", rest: bytes, out: bytearray, ceiling: int) -> tuple[str | None, bytes]:
    while not stream.eof:
        piece = stream.decompress(rest, _CHUNK)
        if not piece and not stream.eof:
            return "truncated_gzip", b""
        out += piece
        if len(out) > ceiling:
            return "too_large_unpacked", b""
        rest = stream.unconsumed_tail
    return None, stream.unused_data
