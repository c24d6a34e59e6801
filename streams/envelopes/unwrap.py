"""Unwrap: opens a body, layer by layer, until every part of it is a call, a control, a pointer or refused."""

import binascii
from base64 import b64decode
from collections.abc import Iterator
from itertools import islice
from typing import Any

from msgspec import Raw

from streams.envelopes import reading, salvage
from streams.envelopes.inflate import inflate, is_compressed
from streams.envelopes.item import CallItem, Control, Item, Origin, Refused
from streams.envelopes.shapes import LISTS, SHAPES, is_call, is_plain_call, string

MAX_LAYERS = 32
MAX_DEPTH = 64
MAX_REFUSED = 1_000
MAX_EMPTY = 20_000
MAX_MEMBERS = 1_000
_BLANKS = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"
_VALIDATION = b"CloudTrail validation message"
_BASE64_STARTS = (b"H4sI", b"eyJ", b"eJ")  # gzip, '{"', zlib


def unwrap(
    body: bytes,
    *,
    max_record_bytes: int = 262_144,
    max_depth: int = MAX_DEPTH,
    max_total_bytes: int = 64 << 20,
    topic_arn: str | None = None,
) -> Iterator[Item]:
    """Everything a body holds, recognised by shape alone, whatever wraps it and however often.

    A log file may be large, each of its records may not exceed `max_record_bytes`; brackets of a record nest at
    most `max_depth` deep; compressed parts may open to `max_total_bytes` together. `topic_arn` is the topic of a
    delivery whose transport named it. Lazy: nothing is opened before it is asked for.

    Invariant: never raises; at least one item; every byte that could hide a call is in a call or in a Refused.
    """
    walk = Walk(max_record_bytes, max_depth, max_total_bytes)
    origin = Origin(topic_arn=topic_arn)
    return _bounded(walk.body(body, origin), body, origin)


def unwrap_records(
    body: bytes, records: list[Raw], *, max_record_bytes: int = 262_144, max_total_bytes: int = 64 << 20
) -> Iterator[Item]:
    """The same of a log file whose records are known already."""
    walk, origin = Walk(max_record_bytes, MAX_DEPTH, max_total_bytes), Origin()
    return _bounded(walk.each(records, origin.inside()), body, origin)


def _bounded(items: Iterator[Item], body: bytes, origin: Origin) -> Iterator[Item]:
    refused = empty = 0
    for item in items:
        if isinstance(item, CallItem):
            yield item
            continue
        if isinstance(item, Refused):
            refused += 1
        elif isinstance(item, Control):
            empty += 1
        if refused > MAX_REFUSED or empty > MAX_EMPTY:
            yield _refused("too_many_items", "the rest of this body was not opened", body, origin)
            return
        yield item


class Walk:
    """One body's way through its layers, with what is left of its allowance."""

    def __init__(self, max_record_bytes: int, max_depth: int, max_total_bytes: int) -> None:
        self.max_record_bytes = max_record_bytes
        self.max_depth = max_depth
        self.left = max_total_bytes
        self._max_plain_bytes = min(max_record_bytes, reading.MANY)

    def body(self, data: bytes, origin: Origin) -> Iterator[Item]:
        """Bytes of which nothing is known yet."""
        if origin.layers > MAX_LAYERS:
            yield _refused("too_many_layers", f"more than {MAX_LAYERS} envelopes in one another", data, origin)
            return
        if is_compressed(data):
            yield from self._compressed(data, origin)
            return
        data = data.strip(_BLANKS).removeprefix(_BOM).strip(_BLANKS)
        if not data:
            yield Control("empty_body")
        elif data[0] == ord("{"):
            yield from self.object(data, origin)
        elif data[0] == ord("["):
            yield from self.elements(data, origin.inside())
        else:
            yield from self._text(data, origin)

    def base64(self, data: bytes, origin: Origin) -> Iterator[Item]:
        """The bytes that a base64 text encodes."""
        try:
            opened = b64decode(data, validate=True)
        except binascii.Error as error:
            return iter((_refused("bad_base64", str(error), data, origin),))
        return self.body(opened, origin)

    def object(self, data: bytes, origin: Origin) -> Iterator[Item]:
        """A JSON object: a call, or an envelope of a known shape."""
        if (records := reading.records(data)) is not None:
            return self.each(records, origin.inside())
        try:
            if reading.many(data, b":") and len(_first_members(data)) == MAX_MEMBERS:
                return iter((_refused("too_many_members", "an object of very many members", data, origin),))
            found = reading.members(data)
            if is_call(found):
                return iter((self.call(data, origin),))
            for key, shape in SHAPES.items():
                if key in found and (items := shape(self, found, origin)) is not None:
                    return items
        except reading.UNREADABLE as error:
            return self._broken(data, error, origin)
        if not found:
            return iter((Control("empty_container"),))
        return iter((_refused("unknown_shape", f"an object with {_named(found)}", data, origin),))

    def call(self, data: bytes, origin: Origin) -> Item:
        """An object that has the shape of a call. Raises UNREADABLE."""
        if len(data) > self.max_record_bytes:
            return _refused(
                "too_large", f"a record of {len(data)} bytes, more than {self.max_record_bytes}", data, origin
            )
        if reading.too_deep(data, self.max_depth):
            return _refused("too_deep", f"a record nested more than {self.max_depth} deep", data, origin)
        return _call_item(data, *reading.numbered_value(data), origin)

    def elements(self, raw: Raw | bytes, origin: Origin) -> Iterator[Item]:
        """Each element of an array, a broken one beside its neighbours."""
        data = bytes(raw)
        try:
            if reading.many(data, b","):
                reading.check(data)
                found = None
            else:
                found = reading.elements(data)
        except reading.UNREADABLE as error:
            yield from self._salvaged(data, 0, error, origin)
            return
        if found is None:
            for part in salvage.elements(data):
                yield from self.body(part.data, origin)
            return
        yield from self.each(found, origin)

    def each(self, found: list[Raw], origin: Origin) -> Iterator[Item]:
        """The elements of an array that is known to be whole."""
        if not found:
            yield Control("empty_container")
        expected = False  # where one is a call, the next one is
        for element in found:
            record = bytes(element)
            call = self.plain_call(record, origin) if expected or _looks_like_call(record) else None
            expected = call is not None
            if call is not None:
                yield call
            else:
                yield from self.body(record, origin)

    def plain_call(self, data: bytes, origin: Origin, *, repeats: bool = True) -> CallItem | None:
        """A call that nothing is wrong with, by the one decode that it needs anyway; whatever else it is, None.

        The bytes are known to be JSON. Without `repeats` a key that may stand twice is something wrong.
        """
        if (
            len(data) > self._max_plain_bytes
            or origin.layers > MAX_LAYERS
            or reading.too_deep(data, self.max_depth)
        ):
            return None
        try:
            fields, floats = reading.numbered_value(data, repeats=repeats)
        except reading.UNREADABLE:
            return None
        return _call_item(data, fields, floats, origin) if is_plain_call(fields) else None

    def _text(self, data: bytes, origin: Origin) -> Iterator[Item]:
        if data[0] == ord('"'):
            try:
                inner = reading.text(data).encode()
            except reading.UNREADABLE as error:
                return iter((_refused(reading.reason_of(error, data), str(error), data, origin),))
            return self.body(inner, origin.inside())
        if data.startswith(_VALIDATION):
            return iter((Control("validation_message"),))
        if data.startswith(_BASE64_STARTS):
            return self.base64(data, origin.inside())
        try:
            reading.check(data)
        except reading.UNREADABLE:
            return iter((_refused("not_json", "neither JSON nor anything that AWS sends as text", data, origin),))
        return iter((_refused("unknown_shape", "neither an object nor a list", data, origin),))

    def _compressed(self, data: bytes, origin: Origin) -> Iterator[Item]:
        opened, reason = inflate(data, self.left)
        self.left -= len(opened)
        if reason is None:
            yield from self.body(opened, origin.inside())
            return
        refused = False
        if opened and reason != "too_large_unpacked":  # the whole records before the cut are kept
            for item in self.body(opened, origin.inside()):
                refused = refused or isinstance(item, Refused)
                yield item
        if not refused:
            yield _refused(reason, f"{len(opened)} bytes could be unpacked", data, origin)

    def _broken(self, data: bytes, error: Exception, origin: Origin) -> Iterator[Item]:
        documents = salvage.documents(data) if "trailing" in str(error) else []
        if documents:
            for document in documents:
                yield from self.body(document, origin.inside())
            return
        parts = _first_members(data)
        if not parts.keys() & {b'"eventSource"', b'"eventName"'}:
            for key in LISTS:
                part = parts.get(f'"{key}"'.encode())
                if part and part.data[:1] == b"[":
                    yield from self._salvaged(data, part.start, error, origin.inside())
                    return
        yield _refused(reading.reason_of(error, data), str(error), data, origin)

    def _salvaged(self, data: bytes, start: int, error: Exception, origin: Origin) -> Iterator[Item]:
        refused, end = False, start
        for part in salvage.elements(data[start:]):
            end = start + part.start + len(part.data)
            for item in self.body(part.data, origin):
                refused = refused or isinstance(item, Refused)
                yield item
        if not refused:
            yield _refused(reading.reason_of(error, data[end:]), str(error), data[end:], origin)


def _looks_like_call(data: bytes) -> bool:
    """Whether a try at a plain call is worth it; a wrong guess costs time alone."""
    return b'"eventSource"' in data and b'"detail-type"' not in data


def _call_item(data: bytes, fields: dict[str, Any], floats: bool, origin: Origin) -> CallItem:  # noqa: FBT001
    account = origin.account
    if account is None and not isinstance(fields.get("recipientAccountId"), str):
        account = origin.owner
    return CallItem(data, fields, account, origin.topic_arn, floats)


def _first_members(data: bytes) -> dict[bytes, salvage.Part]:
    return dict(islice(salvage.members(data), MAX_MEMBERS))


def _refused(reason: str, detail: str, data: bytes, origin: Origin) -> Refused:
    return Refused(reason, detail, data, origin.account or origin.owner, origin.topic_arn)


def _named(found: dict[str, Raw]) -> str:
    keys = ", ".join(key[:40] for key in sorted(found)[:8])
    kind = string(found.get("Type"))
    return f"{keys}, Type {kind[:40]}" if kind else keys
