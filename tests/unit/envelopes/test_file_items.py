"""A file is one document, or a line an item."""

import gzip
import json

import pytest

from streams.envelopes.files import file_items
from streams.envelopes.item import CallItem, Refused
from streams.envelopes.scan import named_pairs
from tests.support import cloudtrail as ct

RECORD = ct.compact(ct.call())


def kinds(name: str, data: bytes) -> list[type]:
    return [type(item) for item in file_items(name, data)]


def test_a_file_that_parses_is_one_document_whatever_its_name():
    pretty = json.dumps({"Records": [ct.call(), ct.call()]}, indent=2).encode()
    for name in ("a.json", "a.ndjson", "a.txt"):
        assert kinds(name, pretty) == [CallItem, CallItem]
        assert kinds(name + ".gz", gzip.compress(pretty)) == [CallItem, CallItem]


def test_lines_are_items_where_some_line_is_an_object():
    lines = b"\n\n".join([RECORD, b"garbage", RECORD, b""])
    assert kinds("a.json", lines) == [CallItem, Refused, CallItem]
    assert kinds("a.json.gz", gzip.compress(lines)) == [CallItem, Refused, CallItem]


def test_lines_are_items_where_the_name_says_so():
    assert kinds("a.jsonl", b"one\ntwo\n") == [Refused, Refused]
    assert kinds("a.ndjson.gz", gzip.compress(b"one\r\n\r\ntwo")) == [Refused, Refused]


def test_anything_else_is_one_dead_letter():
    assert kinds("a.json", b"one\ntwo\n") == [Refused]
    assert kinds("a.json", RECORD[:-5]) == [Refused]


def test_a_line_holds_any_envelope():
    lines = b"\n".join([ct.compact(json.loads(ct.sns(RECORD))), ct.log_file(RECORD, RECORD), ct.sqs(RECORD)])
    assert kinds("a.jsonl", lines) == [CallItem] * 4


HIDDEN = ct.compact(ct.call(eventName="StopLogging"))


@pytest.mark.parametrize(
    "behind",
    [HIDDEN, b"\n" + gzip.compress(HIDDEN), b"\0\0\r\n" + gzip.compress(HIDDEN) + b"\n", b"\n" + HIDDEN],
    ids=["plain", "packed", "packed behind zeros", "plain on a line"],  # gzip's own bytes tell the time
)
def test_what_hides_behind_the_first_member_is_a_call_and_a_dead_letter(behind):
    data = gzip.compress(RECORD) + behind
    items = list(file_items("a.json.gz", data))
    named = [item.fields["eventName"] for item in items if isinstance(item, CallItem)]
    assert named == [ct.call()["eventName"], "StopLogging"]
    assert [item.reason for item in items if isinstance(item, Refused)] == ["bad_gzip"]
    assert any(name == "StopLogging" for _, name in named_pairs(data))


def test_members_and_the_zeros_between_and_behind_them_are_one_whole_file():
    lines = gzip.compress(RECORD + b"\n") + b"\0" * 512 + gzip.compress(HIDDEN) + b"\0" * 512
    assert kinds("a.jsonl.gz", lines) == [CallItem, CallItem]
