"""The fingerprint is the hash of Python's JSON of the deciding fields, however it is made."""

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from streams.envelopes.item import CallItem
from streams.envelopes.unwrap import unwrap
from streams.records.fingerprint import DECIDING, fingerprint
from tests.support import cloudtrail as ct


def by_the_book(fields: dict) -> bytes:
    deciding = {name: fields.get(name) for name in DECIDING}
    text = json.dumps(deciding, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([*DECIDING, "userAgent"]), VALUES))
def test_it_equals_the_definition(fields):
    assert fingerprint(fields) == by_the_book(fields)


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([1e22, -0.0, 5e-324]))
def test_it_equals_the_definition_for_what_comes_out_of_an_envelope(number):
    fields = ct.call(requestParameters={"inner": [{"number": number}]})
    for body in (ct.compact(fields), ct.log_file(ct.compact(fields)), ct.event_bridge(ct.compact(fields))):
        (item,) = unwrap(body)
        assert isinstance(item, CallItem)
        assert fingerprint(item.fields, floats=item.floats) == by_the_book(fields)


def test_only_the_deciding_fields_count():
    assert fingerprint(ct.call(userAgent="other", requestID="other")) == fingerprint(ct.call())
    for name in DECIDING:
        assert fingerprint(ct.call() | {name: "other"}) != fingerprint(ct.call())


def test_what_is_missing_is_null():
    assert fingerprint(ct.call(errorCode=None)) == fingerprint(ct.call() | {"errorCode": None})
