"""Reading takes short cuts, and says what the long way round would have said."""

import json
import random
import re
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.envelopes import reading
from streams.envelopes.files import file_items
from streams.envelopes.item import CallItem, Item
from streams.envelopes.unwrap import unwrap
from tests.support import cloudtrail as ct

STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
SEEDS = st.integers(0, 2**32)
"""A text is made from a number: hypothesis would take ten times as long over the parts of one."""


def spelled(rng: random.Random, text: str) -> str:
    """A string of JSON in any of the ways it may be written."""
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in text)
    return rng.choice([json.dumps(text), json.dumps(text, ensure_ascii=False), f'"{escaped}"'])


def leaf(rng: random.Random, numbers: Sequence[object]) -> str:
    """A value that holds no other."""
    text = "".join(rng.choices('ab"\\{}[]:,/\u00e9\n', k=rng.randrange(4)))
    return spelled(rng, text) if rng.random() < 0.6 else json.dumps(rng.choice(numbers))


def written(seed: int, *numbers: object) -> bytes:
    """A JSON text; its objects may name a key twice, with blanks or without."""
    rng = random.Random(seed)

    def value(depth: int) -> str:
        kind = rng.randrange(4) if depth else 3
        inner = [value(depth - 1) for _ in range(rng.randrange(4))] if kind < 3 else []
        comma = rng.choice([",", ", "])
        if kind == 0:
            return f"[{comma.join(inner)}]"
        if kind < 3:
            return f"{{{comma.join(f'{spelled(rng, rng.choice(KEYS))}:{one}' for one in inner)}}}"
        return leaf(rng, numbers or ANY)

    return value(4).encode()


ANY = (None, True, 7, 7.0, 1e22, -0.0, 0.1, 2**70, -1)
KEYS = ("a", "b", '"', "\\", "\u00e9")


def contradicts_itself(data: bytes) -> bool:
    """Whether some object gives one key two values, found by looking at every member."""
    found = False

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal found
        found = found or any(
            one == other and json.dumps(value) != json.dumps(another)
            for at, (one, value) in enumerate(pairs)
            for other, another in pairs[:at]
        )
        return dict(pairs)

    json.loads(data, object_pairs_hook=members)
    return found


@given(SEEDS.map(written))
@example(rb'{"a":1,"a":2,"b":"\u0022\u0022"}')
@example(rb'{"a":1,"a":2,"b":"\"\"\"\""}')
@example(rb'{"a":{"b":1, "b":2}}')
@example(b'{"a": 1, "a": 1}')
def test_a_key_that_stands_twice_with_two_values_is_refused_however_it_is_spelled(data):
    if contradicts_itself(data):
        with pytest.raises(reading.DuplicateKeyError):
            reading.value(data)
    else:
        assert reading.value(data) == msgspec.json.decode(data)


def has_float(value: object) -> bool:
    """Whether a number in it is not whole."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, float) or any(map(has_float, inner))


@given(SEEDS.map(written).filter(lambda data: not contradicts_itself(data)))
def test_no_float_is_overlooked(data):
    value, floats = reading.numbered_value(data)
    assert floats or not has_float(value)


@given(SEEDS.map(lambda seed: written(seed, 7, -1)).filter(lambda data: not contradicts_itself(data)))
def test_whole_numbers_are_no_floats(data):
    assert not reading.numbered_value(data)[1]


def deepest(data: bytes) -> int:
    """How deep brackets nest outside of strings, counted one by one."""
    depth = most = 0
    for bracket in STRING.sub(b"", data):
        depth += (bracket in b"{[") - (bracket in b"}]")
        most = max(most, depth)
    return most


@given(SEEDS.map(written), st.integers(0, 5))
@example(rb'{"a":"\\","b":[[[]]]}', 3)
@example(rb'{"a":"\\\"[[[[","b":[]}', 2)
@example(b'[{},{},[{}],{"a":[]}]', 3)
def test_a_text_is_too_deep_when_its_brackets_nest_deeper(data, most):
    assert reading.too_deep(data, most) == (deepest(data) > most)


RECORD = ct.compact(ct.call())
BODIES = st.lists(
    st.sampled_from([RECORD, ct.compact(ct.stop_logging()), b"{}", b"7", b'"x"', ct.event_bridge(RECORD)])
    | SEEDS.map(written),
    max_size=4,
)


def told(items: list[Item]) -> list[Item]:
    """Items for comparing: the detail of a refusal names places in the text."""
    return [msgspec.structs.replace(item, detail="") if hasattr(item, "detail") else item for item in items]


@given(BODIES)
@example([])
def test_a_log_file_that_is_read_in_one_pass_gives_what_it_gives_otherwise(bodies):
    fast, slow = ct.log_file(*bodies), b'{ "Records": [' + b",".join(bodies) + b"]}"
    assert reading.records(fast) is not None
    assert reading.records(slow) is None
    assert told(list(file_items("a.json", fast))) == told(list(file_items("a.json", slow)))


@pytest.mark.parametrize(
    "body",
    [
        b'{"Records":[7],"Records":[' + RECORD + b"]}",
        b'{"Records":[' + RECORD + b'],"Records":[]}',
        b'{"Records":[' + RECORD + b'],"\\u0052ecords":[7]}',
        b'{"Records":[' + RECORD + b'],"eventSource":"x"}',
        b'{"Records":[' + RECORD + b"]}{}",
        b'{"Records":[' + RECORD,
        b'{"Records":[]}\n{"Records":[' + RECORD + b"]}",
    ],
)
def test_what_only_begins_as_a_log_file_takes_the_long_way(body):
    assert reading.records(body) is None
    assert list(file_items("a.json", body))


def test_blanks_around_a_log_file_are_no_part_of_it():
    (item,) = file_items("a.json", b"\n" + ct.log_file(RECORD) + b"\r\n")
    assert isinstance(item, CallItem)
    assert item.record == RECORD


@pytest.mark.parametrize(
    ("again", "reason"),
    [(b'"CreateUser"', None), (rb'"\u0043reateUser"', "duplicate_key"), (b'"StopLogging"', "duplicate_key")],
)
def test_a_key_that_stands_twice_in_an_event_is_refused_unless_it_is_the_same_to_the_byte(again, reason):
    record = ct.compact(ct.call(eventName="CreateUser"))
    (item,) = unwrap(ct.event_bridge(record[:-1] + b',"eventName":' + again + b"}"))
    assert getattr(item, "reason", None) == reason
