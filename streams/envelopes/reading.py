"""Reading: strict JSON, and one stable reason for each way in which a body can be unreadable."""

import json
import re
from typing import Any

import msgspec
from msgspec import Raw

from streams.envelopes import salvage

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)
"""Everything the decoders raise about bytes that they cannot take."""


class _FloatMet(Exception):  # noqa: N818 - nothing is wrong
    """The text holds a number that is not whole."""


def _stop_at_float(_text: str) -> Any:
    raise _FloatMet


class _LogFile(msgspec.Struct, forbid_unknown_fields=True):
    """What CloudTrail writes to S3."""

    Records: list[Raw]


_members = msgspec.json.Decoder(dict[str, Raw])
_elements = msgspec.json.Decoder(list[Raw])
_log_file = msgspec.json.Decoder(_LogFile)
_skipping = msgspec.json.Decoder(Raw)
_text = msgspec.json.Decoder(str)
_value = msgspec.json.Decoder(Any)
_whole_numbers = msgspec.json.Decoder(Any, float_hook=_stop_at_float)
_encoder = msgspec.json.Encoder()

MANY = 500_000
"""Above so many commas or colons the parts of a body are counted off one by one, never held all at once."""

_LOG_FILE = b'{"Records":[', b"]}"
_BLANKS = b" \t\r\n"
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"{}[]")
_ONE_KIND = bytes.maketrans(b"[]", b"{}")
_PAIR = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_LONE_BYTES = re.compile(rb"\xed[\xa0-\xbf]")
_NO_NUMBER = re.compile(rb"[:,\[]\s*-?(?:NaN|Infinity)")


class DuplicateKeyError(ValueError):
    """One object names one key twice with different values: what it says depends on who reads it."""


def members(data: bytes) -> dict[str, Raw]:
    """The members of an object, each as its bytes.

    Raises:
        UNREADABLE: the bytes are no JSON object; DuplicateKeyError: it gives one key two different values.
    """
    found = _members.decode(data)
    values = b"".join(found.values())
    # Compact JSON without a repeated key is exactly as long as its parts; only what is not pays for a look.
    if found and len("".join(found)) + len(values) + 4 * len(found) + 1 != len(data):
        _refuse_repeated(found, values, data)
    return found


def _refuse_repeated(found: dict[str, Raw], values: bytes, data: bytes) -> None:
    # A member adds two quotes for its key, so those of a repeated one are too many. Only then, or where a key
    # holds a quote itself, are the members looked at one by one.
    quotes = data.count(b'"') - values.count(b'"')
    if quotes == 2 * len(found):
        return
    for key, part in salvage.members(data):
        name = text(key)
        if bytes(found[name]) != part.data:
            raise DuplicateKeyError(f'the key "{name[:80]}" stands twice with different values')


def many(data: bytes, mark: bytes) -> bool:
    """Whether a body has too many parts to hold at once; they are counted by what stands between them."""
    return len(data) > MANY and data.count(mark) > MANY


def check(data: bytes) -> None:
    """Go through a JSON text without keeping any of it. Raises UNREADABLE."""
    _skipping.decode(data)


def records(data: bytes) -> list[Raw] | None:
    """The records of a log file as CloudTrail writes it, in one pass; None for whatever else it is, or may be."""
    data = data.strip(_BLANKS)
    before, behind = _LOG_FILE
    if not data.startswith(before) or many(data, b","):
        return None
    try:
        found = _log_file.decode(data).Records
    except UNREADABLE:
        return None
    # Compact JSON is exactly as long as its parts; in what is not, a list may have come twice.
    written = len(before) + sum(map(len, found)) + max(0, len(found) - 1) + len(behind)
    return found if written == len(data) else None


def elements(data: bytes) -> list[Raw]:
    """The elements of an array, each as its bytes. Raises UNREADABLE."""
    return _elements.decode(data)


def text(data: bytes | Raw) -> str:
    """The string that these bytes encode. Raises UNREADABLE."""
    return _text.decode(data)


def value(data: bytes) -> Any:
    """The one full decode of a record, or of any value.

    Raises:
        UNREADABLE: the bytes are no JSON; DuplicateKeyError: an object in it, however deep, gives one key two
            different values.
    """
    return numbered_value(data)[0]


def numbered_value(data: bytes, *, repeats: bool = True) -> tuple[Any, bool]:
    """The same decode, and whether a number in it is not whole; the decoder meets it anyway. Raises as `value`.

    Without `repeats` it also raises where a key might stand twice with one value.
    """
    try:
        decoded, floats = _whole_numbers.decode(data), False
    except _FloatMet:
        floats = True
    if floats:
        decoded = _value.decode(data)
    # AWS writes compact JSON, which comes out of the encoder as it went in: then no key was dropped on the way.
    written = _encoder.encode(decoded)
    if written != data and _may_lack_a_key(written, data):
        if not repeats:
            raise DuplicateKeyError("a key may stand twice")
        json.loads(data, object_pairs_hook=_distinct)
    return decoded, floats


def _may_lack_a_key(written: bytes, data: bytes) -> bool:
    """Whether what was written again may be less than was read.

    A key has two quotes, and the decoded strings have as many as before, unless they are spelled another way.
    """
    return rb"\u0022" in data or written.count(b'"') != data.count(b'"')


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen and _encoder.encode(seen[key]) != _encoder.encode(value):  # for Python, 1 is True
            raise DuplicateKeyError(f'the key "{key[:80]}" stands twice with different values')
        seen[key] = value
    return seen


def too_deep(data: bytes, max_depth: int) -> bool:
    """Whether the brackets of a JSON text nest deeper than that; strings do not count, and nothing recurses."""
    opened = data.count(b"{")
    if b"[" in data:  # far faster than a count, and many records have no list
        opened += data.count(b"[")
    if opened <= max_depth:
        return False
    if b"\\" in data:
        data = data.replace(rb"\\", b"").replace(rb"\"", b"")
    outside = b"".join(data.split(b'"')[::2])
    brackets = outside.translate(_ONE_KIND, _NOT_BRACKETS)
    for _ in range(max_depth):  # each time the innermost pairs go
        if not brackets:
            break
        brackets = brackets.replace(b"{}", b"")
    return bool(brackets)


def reason_of(error: Exception, data: bytes) -> str:
    """The stable word for what makes a body unreadable."""
    message = str(error)
    if isinstance(error, DuplicateKeyError):
        return "duplicate_key"
    if isinstance(error, RecursionError):
        return "too_deep"
    if _SURROGATE.search(_PAIR.sub(b"", data.replace(rb"\\", b""))) or _LONE_BYTES.search(data):
        return "lone_surrogate"
    if isinstance(error, UnicodeDecodeError):
        return "not_utf8"
    if _NO_NUMBER.search(data):
        return "not_a_number"
    if "out of range" in message:
        return "number_out_of_range"
    if "truncated" in message:
        return "truncated_json"
    return "invalid_json"
