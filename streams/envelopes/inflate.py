"""Inflate: gzip and zlib opened in a stream, with a ceiling on what may come out."""

import zlib
from typing import NamedTuple

_GZIP = b"\x1f\x8b"
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
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
    return data.startswith(_GZIP) or data.startswith(_ZLIB)


def inflate(data: bytes, max_bytes: int) -> Inflated:
    """The contents of every member of a gzip or zlib stream, up to `max_bytes` and `MAX_RATIO`."""
    out = bytearray()
    rest = data
    while rest:
        stream = zlib.decompressobj(_ANY_HEADER)
        try:
            reason, rest = _member(stream, rest, out, min(max_bytes, _allowed(len(data))))
        except zlib.error:
            return Inflated(bytes(out), "bad_gzip")
        if reason:
            return Inflated(bytes(out), reason)
        if not is_compressed(rest):
            break  # padding after the last member
    return Inflated(bytes(out), None)


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
