"""Bad input has one clear outcome, spares its neighbours, and hides nothing from the scan (I14, I21, T16)."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from streams.envelopes.item import CallItem, Refused
from streams.envelopes.scan import named_pairs
from streams.envelopes.unwrap import MAX_LAYERS, unwrap
from tests.support import cloudtrail as ct
from tests.support.bombs import BOMBS
from tests.support.work import at_most_cpu_s

ROOT = Path(__file__).parents[3]
GOOD = ct.compact(ct.call())
STOP = ct.compact(ct.stop_logging())
SENSITIVE = ("cloudtrail.amazonaws.com", "StopLogging")


def spoiled(value: bytes) -> bytes:
    """The StopLogging record with a bad value among its request parameters."""
    return STOP.replace(b'{"name":"main"}', b'{"name":' + value + b"}")


BAD = {
    "truncated_json": STOP[:-40],
    "too_large": spoiled(b'"' + b"x" * 300_000 + b'"'),
    "too_deep": spoiled(b"[" * 10_000 + b"]" * 10_000),
    "not_a_number": spoiled(b"NaN"),
    "lone_surrogate": spoiled(b'"\\ud800"'),
    "not_utf8": spoiled(b'"\xff\xfe"'),
    "number_out_of_range": spoiled(b"1e999"),
    "duplicate_key": STOP.replace(b'"eventName"', b'"eventName":"DescribeTrails","eventName"', 1),
    "invalid_json": spoiled(b"[1,}"),
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_record_is_refused_once_with_its_reason(reason):
    (item,) = unwrap(BAD[reason])
    assert isinstance(item, Refused)
    assert item.reason == reason


@pytest.mark.parametrize("reason", BAD)
def test_what_a_bad_record_names_is_found_by_the_scan(reason):
    (item,) = unwrap(BAD[reason])
    assert SENSITIVE in named_pairs(item.body)


@pytest.mark.parametrize("reason", [reason for reason in BAD if reason != "truncated_json"])
def test_a_bad_record_in_a_log_file_leaves_its_neighbours_alone(reason):
    items = list(unwrap(ct.log_file(GOOD, BAD[reason], GOOD)))
    assert [item.record for item in items if isinstance(item, CallItem)] == [GOOD, GOOD]
    (refused,) = [item for item in items if isinstance(item, Refused)]
    assert SENSITIVE in named_pairs(refused.body)


def test_a_record_that_never_ends_is_cut_where_the_next_one_begins():
    items = list(unwrap(ct.log_file(GOOD, STOP[:-20], GOOD, GOOD)))
    assert [item.record for item in items if isinstance(item, CallItem)] == [GOOD, GOOD, GOOD]
    (refused,) = [item for item in items if isinstance(item, Refused)]
    assert named_pairs(refused.body) == {SENSITIVE}


@pytest.mark.parametrize("wrap", [lambda body: body, lambda body: gzip.compress(body)[:-8]], ids=["plain", "gzip"])
@pytest.mark.parametrize("cut", [1, 2, 10, 500])
def test_a_truncated_file_keeps_the_whole_records_before_the_cut(wrap, cut):
    items = list(unwrap(wrap(ct.log_file(GOOD, GOOD, STOP)[:-cut])))
    whole = 3 if cut <= 2 else 2
    assert len([item for item in items if isinstance(item, CallItem)]) == whole
    assert len([item for item in items if isinstance(item, Refused)]) == 1


@pytest.mark.parametrize("field", sorted(ct.call()))
@pytest.mark.parametrize("value", [None, True, 7, 1.5, "text", [], {}, [[None]], {"a": {"b": []}}], ids=str)
def test_a_wrong_type_in_any_field_is_one_call_or_one_dead_letter(field, value):
    record = ct.call() | {field: value}
    (item,) = unwrap(ct.compact(record))
    needed = field in {"eventSource", "eventName"} and not isinstance(value, str)
    assert isinstance(item, Refused if needed else CallItem)


def test_a_repeated_key_that_says_the_same_twice_is_harmless():
    (item,) = unwrap(GOOD.replace(b'"awsRegion"', b'"awsRegion":"us-east-1","awsRegion"'))
    assert isinstance(item, CallItem)


@pytest.mark.parametrize(
    "body",
    [
        b'{"detail":%b,"detail":{"state":"x"},"source":"aws.ec2","detail-type":"x"}' % STOP,
        b'{"det\\u0061il":%b,"detail":{"state":"x"},"source":"aws.ec2","detail-type":"x"}' % STOP,
        STOP.replace(b'"requestParameters":{', b'"requestParameters":{"name":"other",'),
    ],
)
def test_nothing_hides_behind_a_repeated_key(body):
    (item,) = unwrap(body)
    assert isinstance(item, Refused)
    assert item.reason == "duplicate_key"
    assert SENSITIVE in named_pairs(item.body)


def test_envelopes_in_envelopes_have_an_end():
    body = GOOD
    for _ in range(40):
        body = ct.encoded(gzip.compress(body))
    (item,) = unwrap(body)
    assert item.reason == "too_many_layers"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_soon_and_in_little_memory(name):
    program = [sys.executable, "-m", "tests.support.bombs"]
    told = subprocess.run(program, input=BOMBS[name](), capture_output=True, timeout=30, check=True, cwd=ROOT)
    reason, seconds, peak_mb = told.stdout.split()
    print(reason, seconds, peak_mb)
    assert float(seconds) < 1
    assert float(peak_mb) < 250


def test_a_bomb_is_no_hiding_place():
    (item,) = unwrap(gzip.compress(STOP + b" " * (40 << 20), 1))
    assert SENSITIVE in named_pairs(item.body)


def test_structure_that_never_closes_costs_linear_time():
    with at_most_cpu_s(10):
        items = list(unwrap(ct.log_file(*[STOP[:-1]] * 5_000)))
    assert all(isinstance(item, Refused) for item in items)


@pytest.mark.parametrize(("first", "second"), [(b"true", b"1"), (b"0", b"false"), (b"1", b"1.0")])
def test_values_that_python_takes_for_equal_are_two_contents(first, second):
    twice = STOP.replace(b'"eventName"', b'"readOnly":%s,"readOnly":%s,"eventName"' % (first, second), 1)
    for body in (twice, ct.log_file(twice)):
        (item,) = unwrap(body)
        assert isinstance(item, Refused), item
        assert item.reason == "duplicate_key"


def test_a_call_in_too_many_lists_is_refused_at_the_same_depth_as_anything_else():
    def reasons(body):
        return [getattr(item, "reason", "call") for item in unwrap(b"[" * MAX_LAYERS + body + b"]" * MAX_LAYERS)]

    assert reasons(GOOD) == ["call"]
    assert reasons(b"[" + GOOD + b"]") == ["too_many_layers"]
