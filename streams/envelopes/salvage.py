"""Salvage: the parts of broken JSON whose bounds can still be found. Lenient, linear, never recursive."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]"]', re.DOTALL)
_KEY = re.compile(rb'[\s,]*("[^"\\]*+(?:\\.[^"\\]*+)*+")\s*:\s*', re.DOTALL)
_SCALAR = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s,\]}\[{"]+', re.DOTALL)
_BETWEEN = re.compile(rb"[\s,]*")
_NEXT_RECORD = re.compile(rb',\s*(?=\{\s*"(?:eventVersion|eventTime|eventID|awsRegion|userIdentity)")')
_AFTER_ELEMENT = (b",", b"]", b"{", b"")
_MAX_NESTING = 20_000
"""What nests deeper counts as never closed: the search for its end would cost more than it can save."""
_CLOSES = {ord("{"): ord("}"), ord("["): ord("]")}


class Part(NamedTuple):
    """One piece of a body and where it starts; `whole` says that its brackets closed where they should."""

    start: int
    data: bytes
    whole: bool


def _end(data: bytes, start: int) -> int | None:
    """Where the value that starts here ends; None where its brackets or its string never close."""
    if data[start] not in _CLOSES:
        scalar = _SCALAR.match(data, start)
        return scalar.end() if scalar else None
    open_brackets = bytearray()
    for token in _TOKEN.finditer(data, start):
        first = data[token.start()]
        if first in _CLOSES:
            open_brackets.append(_CLOSES[first])
            if len(open_brackets) > _MAX_NESTING:
                return None
        elif first != ord('"'):
            if open_brackets.pop() != first:
                return None
            if not open_brackets:
                return token.end()
        elif token.end() - token.start() == 1:
            return None  # a quote that opens a string and finds no end
    return None


def members(data: bytes) -> Iterator[tuple[bytes, Part]]:
    """The members of an object in order, repeated ones too, as far as they can be told apart.

    The key is as it stands in the text, with its quotes; the last part may be cut off.
    """
    position = data.find(b"{") + 1
    while key := _KEY.match(data, position):
        if key.end() == len(data):
            return
        end = _end(data, key.end())
        if end is None:
            yield key[1], Part(key.end(), data[key.end() :], whole=False)
            return
        yield key[1], Part(key.end(), data[key.end() : end], whole=True)
        position = end


def elements(data: bytes) -> Iterator[Part]:
    """The elements of an array in order. After the first broken one the array is cut where records begin.

    Linear: the structure is followed once, and from the first break on only the starts of records are.
    """
    position = _skip(data, data.find(b"[") + 1)
    while position < len(data) and data[position] != ord("]"):
        end = _end(data, position)
        follows = _skip_blanks(data, end) if end else 0
        if end is None or data[follows : follows + 1] not in _AFTER_ELEMENT:
            yield from _by_start(data, position)
            return
        yield Part(position, data[position:end], whole=True)
        position = _skip(data, end)


def _by_start(data: bytes, position: int) -> Iterator[Part]:
    while cut := _NEXT_RECORD.search(data, position + 1):
        yield _piece(position, data[position : cut.start()])
        position = cut.end()
    yield _piece(position, data[position:])


def _piece(start: int, data: bytes) -> Part:
    end = _end(data, 0)
    if end is None or data[end:].strip(b" \t\r\n]},"):
        return Part(start, data, whole=False)
    return Part(start, data[:end], whole=True)


def documents(data: bytes) -> list[bytes]:
    """The objects of a text that is nothing but whole objects side by side (Firehose joins them so); else none."""
    found = []
    position = _skip_blanks(data, 0)
    while position < len(data):
        end = _end(data, position) if data[position] == ord("{") else None
        if end is None:
            return []
        found.append(data[position:end])
        position = _skip_blanks(data, end)
    return found


def _skip(data: bytes, position: int) -> int:
    between = _BETWEEN.match(data, position)
    return between.end() if between else position


def _skip_blanks(data: bytes, position: int) -> int:
    while position < len(data) and data[position] in b" \t\r\n":
        position += 1
    return position
