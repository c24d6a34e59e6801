"""The bytes of a frame of calls: as they were, as they are, and what is refused."""

import json
import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agents.refusals import UNREADABLE
from streams.envelopes.scan import named_pairs
from streams.records.beat import Beat
from streams.records.call import CallFrame, Feed, FramedCall, SeenSweep, WaitOver
from streams.records.call_frame import call_message, frame_bytes
from streams.records.codec import to_wire
from streams.records.head import Head
from streams.records.packed import pack, unpack
from streams.records.seen import WaitingCall
from streams.records.waiting import waiting_bytes, waiting_in

RECORD = b'{"eventSource":"iam.amazonaws.com","eventName":"CreateUser","eventID":"1"}'
FEED = Feed("queue", "111122223333")
HEAD = Head("iam.amazonaws.com", "CreateUser", "IAMUser", "arn:aws:iam::111122223333:user/ada", None, True)
CALL = FramedCall(0, "m1#0", 1_767_571_200_000, None, RECORD, b"m" * 32, 0)
FRAME = CallFrame("v1", [FEED], [CALL, FramedCall(0, "m2#0", 1, "111122223333", b" {}\n")], [HEAD])

OLD = {
    "type": "frame",
    "rules_version": "v1",
    "feeds": [{"name": "queue", "account": "111122223333", "topic_arn": None, "backfill": False}],
    "calls": [
        {"feed": 0, "position": "m1#0", "received_ms": 5, "account": None, "record": json.loads(RECORD)},
        {"feed": 0, "position": "m2", "received_ms": 6, "account": "1", "record": {}, "mark": "bW1tbQ=="},
    ],
    "v": 1,
}


def test_a_frame_is_read_as_it_was_written():
    assert call_message(frame_bytes(FRAME)) == FRAME


def test_records_stand_in_a_frame_as_they_came():
    """So that what can be told of a frame that cannot be read is told: its sensitive calls page."""
    plain = unpack(frame_bytes(FRAME))
    assert RECORD in plain
    for broken in (plain[:-3], pack(plain[:-3]), frame_bytes(FRAME) + b"more"):
        with pytest.raises(msgspec.DecodeError):
            call_message(broken)
        assert ("iam.amazonaws.com", "CreateUser") in named_pairs(broken)


def test_the_largest_record_comes_back_though_its_head_says_it_once_more():
    head = HEAD.__class__("s", "n", "IAMUser", "a" * ((16 << 20) - 200))
    record = (
        b'{"eventSource":"s","eventName":"n","userIdentity":{"type":"IAMUser","arn":"%s"}}' % head.arn.encode()
    )
    frame = CallFrame("v1", [FEED], [FramedCall(0, "m1#0", 1, None, record, b"m" * 32, 0)], [head])
    assert call_message(frame_bytes(frame)) == frame


def test_calls_that_nobody_wants_are_left_out_and_counted():
    unmarked = replace(CALL, mark=None)
    frame = CallFrame("v1", [FEED], [CALL, unmarked, replace(CALL, head=None)], [HEAD])
    found = call_message(frame_bytes(frame), lambda head: head != HEAD)
    assert (found.calls, found.left_out) == ([unmarked, replace(CALL, head=None)], 1)
    held = call_message(frame_bytes(frame), lambda _: False, {CALL.mark})
    assert (held.calls, held.left_out) == (frame.calls, 0)
    assert call_message(frame_bytes(frame), lambda _: True).left_out == 0
    assert call_message(frame_bytes(frame)).left_out is None


def test_a_call_that_is_spoilt_is_a_fault_where_it_is_read_alone():
    spoilt = pack(unpack(frame_bytes(FRAME)).replace(b"m1#0", b"m1\xff0"))
    with pytest.raises(msgspec.DecodeError, match="no UTF-8"):
        call_message(spoilt)
    with pytest.raises(msgspec.DecodeError, match="no UTF-8"):
        call_message(spoilt, lambda _: False, {CALL.mark})
    assert call_message(spoilt, lambda _: False, {b"another"}).calls == FRAME.calls[1:]


def test_a_frame_whose_calls_are_not_placed_is_none():
    version, rules, feeds, heads, placed, calls = msgspec.msgpack.decode(unpack(frame_bytes(FRAME)))
    spoilt = msgspec.msgpack.encode([version, rules, feeds, heads, placed[:-1], calls])
    with pytest.raises(msgspec.DecodeError, match="place"):
        call_message(pack(spoilt))


def test_alike_calls_take_little_room():
    many = CallFrame("v1", [FEED], [CALL] * 300, [HEAD])
    assert len(frame_bytes(many)) < 300 * len(RECORD) / 20


@pytest.mark.parametrize("message", [SeenSweep(5), WaitOver(), Beat("worker-1", 5)])
def test_other_messages_of_the_topic_are_json(message):
    assert call_message(to_wire(message)) == message


def test_a_frame_of_version_1_is_read():
    found = call_message(json.dumps(OLD, separators=(",", ":")).encode())
    assert found == CallFrame(
        "v1",
        [FEED],
        [FramedCall(0, "m1#0", 5, None, RECORD), FramedCall(0, "m2", 6, "1", b"{}", b"mmmm")],
    )


def test_a_frame_of_a_later_version_is_refused_by_its_number():
    plain = unpack(frame_bytes(FRAME))
    for later, version in ((pack(b"\x96\x04" + plain[2:]), 4), (b"\x95\x02" + b"\xc0" * 4, 2)):
        with pytest.raises(msgspec.ValidationError, match=f"version {version}"):
            call_message(later)


def test_a_text_that_is_no_utf8_is_a_fault_of_decoding_like_any_other():
    broken = pack(unpack(frame_bytes(FRAME)).replace(b"user/ada", b"user/\xff\xff\xff"))
    with pytest.raises(msgspec.DecodeError, match="no UTF-8"):
        call_message(broken)


@given(st.binary(max_size=40), st.integers(0, 400), st.integers(0, 255))
def test_bytes_that_are_no_frame_are_refused_and_nothing_else_happens(foreign, at, byte):
    packed, plain = (bytearray(one) for one in (frame_bytes(FRAME), unpack(frame_bytes(FRAME))))
    values = [foreign, bytes(packed[: at % len(packed)]), bytes(plain[: at % len(plain)])]
    packed[at % len(packed)] = plain[at % len(plain)] = byte
    for value in (*values, bytes(packed), bytes(plain), pack(plain)):
        try:
            call_message(value)
        except UNREADABLE:
            continue


def test_a_call_that_waits_is_read_as_it_was_kept_by_any_release():
    waiting = WaitingCall(CALL, FEED, "v1", decided=True)
    assert waiting_in(waiting_bytes(waiting)) == waiting
    old = {"call": OLD["calls"][0], "feed": OLD["feeds"][0], "rules_version": "v1", "decided": False}
    packed = zlib.compress(json.dumps(old, separators=(",", ":")).encode())
    assert waiting_in(packed) == WaitingCall(FramedCall(0, "m1#0", 5, None, RECORD), FEED, "v1")
