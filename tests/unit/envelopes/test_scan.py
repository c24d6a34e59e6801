"""The scan finds what a body names, however it is escaped or packed."""

import gzip
import json
import random

import pytest

from streams.envelopes.scan import named_pairs, spelled
from streams.records.packed import pack
from tests.support import cloudtrail as ct
from tests.support.work import at_most_cpu_s

STOP = ct.compact(ct.stop_logging())
SENSITIVE = ("cloudtrail.amazonaws.com", "StopLogging")
BROKEN = STOP[:-30] + b"\xff"


def escaped(body: bytes) -> bytes:
    return json.dumps(body.decode(errors="replace")).encode()


@pytest.mark.parametrize(
    "hide",
    [
        lambda body: body,
        escaped,
        lambda body: escaped(escaped(escaped(escaped(body)))),
        gzip.compress,
        lambda body: gzip.compress(body)[:-20],
        ct.zlibbed,
        pack,
        lambda body: pack(body + random.Random(1).randbytes(300_000))[:-20],
        lambda body: b'{"x":"' + ct.encoded(pack(body)) + b'","y',
        lambda body: b'{"x":"' + ct.encoded(body) + b'","y',
        lambda body: ct.encoded(gzip.compress(ct.encoded(body))),
        lambda body: escaped(ct.encoded(gzip.compress(body))),
        lambda body: body.decode(errors="replace").encode("utf-16"),
        lambda body: body.replace(b"StopLogging", b"Stop\\u004cogging").replace(b"eventName", b"\\u0065ventName"),
        lambda body: body.replace(b'":"', b'" :\n\t"'),
        lambda body: body.replace(b'"', b"'"),
        lambda body: body + b"x" * 1_000_000,
        lambda body: b'{"a":' * 10_000 + body,
    ],
    ids=range(18),
)
def test_a_sensitive_pair_is_found(hide):
    assert SENSITIVE in named_pairs(hide(BROKEN))


def test_names_far_apart_are_combined():
    assert SENSITIVE in named_pairs(
        b'{"eventSource":"cloudtrail.amazonaws.com","p":"' + b"x" * 300_000 + b'","eventName":"StopLogging"'
    )


def test_the_pair_of_one_record_is_found_among_a_flood_of_decoys():
    decoys = b"".join(b'"eventSource":"s%d.amazonaws.com","eventName":"N%d",' % (n, n) for n in range(20_000))
    with at_most_cpu_s(10):
        assert SENSITIVE in named_pairs(decoys + BROKEN + decoys)


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"\x1f\x8b", b"eventName", b'{"eventSource":"x"}', b"A" * 100_000]
)
def test_a_body_that_names_nothing_gives_nothing(body):
    assert named_pairs(body) == set()


@pytest.mark.parametrize(
    ("body", "pair"),
    [
        (b'{"eventSource":"a.com","eventName":7}', ("a.com", None)),
        (b'{"eventSource":"a.com","eventName":null}', ("a.com", None)),
        (b'{"eventSource":"a.com","eventName":{"x":1}}', ("a.com", None)),
        (b'{"eventSource":"a.com","eventName":"', ("a.com", None)),
        (b'{"eventSource":7,"eventName":"Stop"}', (None, "Stop")),
        (b'{"eventSource":[true],"eventName":["Stop"]}', (None, "Stop")),
    ],
)
def test_a_name_that_is_no_text_may_be_any(body, pair):
    assert named_pairs(body) == {pair}
    assert spelled(pair) in {"a.com:?", "?:Stop"}


def test_two_names_that_are_no_texts_name_nothing():
    assert named_pairs(b'{"eventSource":7,"eventName":7}') == set()
