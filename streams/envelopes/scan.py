"""Scan: which calls an unreadable body names (invariant I21). It finds too much rather than too little."""

import binascii
import re
from base64 import b64decode
from bisect import bisect_left
from operator import itemgetter

from streams.envelopes.inflate import inflate, is_compressed
from streams.records.packed import is_packed, salvage

_MAX_BYTES = 32 << 20
_MAX_LAYERS = 6
_EVERY_PAIR_BELOW = 100_000
_NEAREST = 8

_ESCAPED = re.compile(rb"\\+u00([0-7][0-9a-fA-F])")
_ESCAPED_BLANKS = (rb"\n", rb"\r", rb"\t")
_SOURCE = re.compile(rb"""event_?source["']?\s*[:=][\s"'\[]*+([a-z0-9][\w.\-]{0,127})?""")
_NAME = re.compile(rb"""event_?name["']?\s*[:=][\s"'\[]*+([a-z][\w.:\-]{0,127})?""")
_LETTER = re.compile(rb"[a-z]")
_NO_TEXTS = frozenset({b"null", b"true", b"false"})
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{32,}={0,2}")

Pair = tuple[str | None, str | None]
"""An eventSource and an eventName; None where the body has something else there than a text."""


def spelled(pair: Pair) -> str:
    """A pair for people to read: `cloudtrail.amazonaws.com:StopLogging`, with a `?` for what is no text."""
    return ":".join("?" if value is None else value for value in pair)


def named_pairs(body: bytes) -> set[Pair]:
    """Every (eventSource, eventName) that a body may mean, however broken, escaped or packed it is.

    A name whose value is no text (7, null, an object, cut off) is None: it may have meant any.
    Few names are all combined, wherever they stand; of many, those next to each other. Looks at the first 32 MiB
    that come out of the body, through six layers of base64, gzip, zlib and zstd; bytes of UTF-16 count as text.
    """
    pairs: set[Pair] = set()
    waiting = [(body, 0)]
    left = _MAX_BYTES
    while waiting:
        data, layers = waiting.pop()
        data = data[:left]
        left -= len(data)
        opened = _opened(data, left)
        if opened is not None:
            waiting += [(opened, layers + 1)] if layers < _MAX_LAYERS else []
            continue
        text = _plain(data)
        pairs |= _pairs(text)
        if layers < _MAX_LAYERS:
            waiting += [(packed, layers + 1) for packed in _packed(text)]
    return pairs


def _opened(data: bytes, most_bytes: int) -> bytes | None:
    """As much of what is compressed as comes out; None of what is not."""
    if is_packed(data):
        return salvage(data, most_bytes)
    return inflate(data, most_bytes).data if is_compressed(data) else None


def _plain(data: bytes) -> bytes:
    """The text without its escapes, however often it was escaped."""
    text = data.replace(b"\0", b"")
    for _ in range(_MAX_LAYERS):
        if rb"\u00" not in text:
            break
        text = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), text)
    for blank in _ESCAPED_BLANKS:
        text = text.replace(blank, b" ")
    return text.translate(None, b"\\")


def _packed(text: bytes) -> list[bytes]:
    found = []
    for run in _BASE64.findall(text):
        stem = run.rstrip(b"=")
        try:
            found.append(b64decode(stem[: len(stem) - (len(stem) % 4 == 1)] + b"=" * (-len(stem) % 4)))
        except binascii.Error:
            continue
    return [one for one in found if is_compressed(one) or is_packed(one) or b"vent" in one.replace(b"\0", b"")]


def _pairs(text: bytes) -> set[Pair]:
    lower = text.lower()  # searching for small letters is ten times as fast as searching for either
    sources = [(found.start(), _value(text, found)) for found in _SOURCE.finditer(lower)]
    names = [(found.start(), _value(text, found)) for found in _NAME.finditer(lower)]
    every_source, every_name = {value for _, value in sources}, {value for _, value in names}
    if len(every_source) * len(every_name) <= _EVERY_PAIR_BELOW:
        return {(source, name) for source in every_source for name in every_name} - {(None, None)}
    pairs: set[Pair] = set()
    for position, source in sources:
        at = bisect_left(names, position, key=itemgetter(0))
        pairs |= {(source, name) for _, name in names[max(0, at - _NEAREST) : at + _NEAREST]}
    return pairs - {(None, None)}


def _value(text: bytes, found: re.Match[bytes]) -> str | None:
    """What stands behind a key, None where it is no text."""
    value = found[1]
    if value is None or value in _NO_TEXTS or not _LETTER.search(value):
        return None
    return text[slice(*found.span(1))].decode()
