"""Whatever comes, unwrap ends in items; and no stack of envelopes changes a record."""

import json

from hypothesis import given
from hypothesis import strategies as st

from streams.envelopes.files import file_items
from streams.envelopes.item import CallItem, Control, Pointer, Refused
from streams.envelopes.scan import named_pairs
from streams.envelopes.shapes import SHAPES as SHAPES_BY_KEY
from streams.envelopes.unwrap import unwrap
from tests.support import cloudtrail as ct

KEYS = st.sampled_from(
    [
        *SHAPES_BY_KEY,
        "Type",
        "TopicArn",
        "detail-type",
        "source",
        "account",
        "timestamp",
        "eventSource",
        "eventName",
        "eventID",
        "s3ObjectKey",
        "bucket",
        "object",
        "key",
        "name",
    ]
)
STRINGS = st.sampled_from(
    ["", "Notification", "DATA_MESSAGE", "aws.s3", "Object Created", "aws:s3", "x", "{}", "e30="]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | STRINGS
SHAPES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=6)
        | inner.map(json.dumps)
        | inner.map(lambda value: ct.encoded(json.dumps(value).encode()).decode())
    ),
    max_leaves=25,
)


def check(body: bytes) -> None:
    items = list(unwrap(body))
    assert items
    assert all(isinstance(item, CallItem | Control | Pointer | Refused) for item in items)
    assert len(items) <= len(body) + 1
    assert list(file_items("a.json", body))
    named_pairs(body)


@given(st.binary(max_size=400))
def test_any_bytes_end_in_items(body):
    check(body)


@given(SHAPES)
def test_any_json_in_known_keys_ends_in_items(value):
    check(json.dumps(value).encode())


@given(SHAPES, st.data())
def test_any_broken_json_ends_in_items(value, data):
    body = bytearray(json.dumps(value).encode())
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=2)) or b"}"
    check(bytes(body[: data.draw(st.integers(0, len(body)))]))


@st.composite
def stacks(draw):
    """A random order of envelopes: text may follow anything, values only a value, bytes only what takes bytes."""
    record = ct.compact(
        ct.call(requestParameters=draw(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3)))
    )
    body, kind = record, "value"
    for _ in range(draw(st.integers(0, 5))):
        wraps = [*ct.BYTE_WRAPS]
        if kind != "bytes":
            wraps += ct.TEXT_WRAPS
        if kind == "value":
            wraps += ct.VALUE_WRAPS[:2]
        wrap = draw(st.sampled_from(wraps))
        body = wrap(body)
        kind = "bytes" if wrap in ct.BYTE_WRAPS[-2:] else "value"
    return record, body


@given(stacks())
def test_any_stack_of_envelopes_gives_the_one_call_with_the_same_bytes(stack):
    record, body = stack
    (item,) = unwrap(body)
    assert isinstance(item, CallItem)
    assert item.record == record
