"""Frames as a bridge of today makes them, and as damage leaves them."""

import json

from msgspec.structs import replace

from streams.records.call import CallFrame
from streams.records.fingerprint import fingerprint
from streams.records.head import Head, head_of
from streams.records.packed import pack, unpack


def marked(frame: CallFrame) -> CallFrame:
    """The same frame with marks and heads; a record that cannot be read, so of no bridge, has neither."""
    heads: dict[Head, int] = {}
    calls = []
    for call in frame.calls:
        try:
            fields = json.loads(call.record)
            mark, head = fingerprint(fields), head_of(fields)
        except (ValueError, AttributeError):
            calls.append(call)
            continue
        index = None if head is None else heads.setdefault(head, len(heads))
        calls.append(replace(call, mark=mark, head=index))
    return replace(frame, calls=calls, heads=list(heads))


def tampered(value: bytes, old: bytes, new: bytes) -> bytes:
    """A frame whose packed bytes say something else in one place; where lengths differ, it is spoilt."""
    plain = unpack(value)
    assert old in plain
    return pack(plain.replace(old, new))
