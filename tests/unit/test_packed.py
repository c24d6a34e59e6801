"""Packed bytes: what went in comes out; damage, floods and cut ends are told, and what can be saved is."""

import random
from contextlib import suppress

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from streams.records.packed import MOST_BYTES, is_packed, is_whole, pack, salvage, unpack
from tests.support.work import at_most_cpu_s

DATA = b"".join(b'{"eventName":"CreateUser","eventID":"%d"}' % number for number in range(20_000))
PACKED = pack(DATA)


@given(st.binary(max_size=5_000))
def test_what_went_in_comes_out(data):
    assert is_packed(pack(data))
    assert unpack(pack(data)) == data
    assert salvage(pack(data), len(data) + 1) == data


def test_the_same_bytes_are_packed_alike():
    assert pack(DATA) == PACKED


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"hello",
        PACKED[:4],
        PACKED[:-1],
        PACKED + b"x",
        PACKED + PACKED,
        zstandard.ZstdCompressor().compressobj().compress(DATA),
    ],
    ids=["nothing", "text", "magic", "cut", "more", "twice", "sizeless"],
)
def test_what_is_not_whole_is_refused(broken):
    with pytest.raises(msgspec.DecodeError, match="packed bytes that"):
        unpack(broken)


@given(st.integers(4, len(PACKED) - 1), st.integers(1, 255))
def test_no_bit_turns_over_unnoticed(at, change):
    damaged = bytearray(PACKED)
    damaged[at] ^= change
    with suppress(msgspec.DecodeError):
        assert unpack(bytes(damaged)) == DATA  # a bit that means nothing, such as a reserved one


def test_a_flood_is_refused_before_it_takes_memory():
    flood = pack(bytes(MOST_BYTES + 1))
    with pytest.raises(msgspec.DecodeError, match="more than 35,651,584"):
        unpack(flood)
    with at_most_cpu_s(2):
        assert salvage(flood, 1_000) == bytes(1_000)


def test_what_stands_before_the_fault_is_saved():
    noise = random.Random(1).randbytes(300_000)
    damaged = bytearray(pack(DATA + noise))
    damaged[-200_000] ^= 1
    assert salvage(bytes(damaged), MOST_BYTES)[:100_000] == DATA[:100_000]
    assert salvage(b"hello", MOST_BYTES) == b""


def test_a_wrong_checksum_keeps_nothing_back():
    for data in (DATA[:60], DATA):
        damaged = bytearray(pack(data))
        damaged[-1] ^= 1
        assert not is_whole(bytes(damaged))
        assert salvage(bytes(damaged), MOST_BYTES) == data
    assert is_whole(PACKED)
    assert not is_whole(b"hello")
