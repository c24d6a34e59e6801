"""Keys lie where Kafka's producers put them."""

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from streams.partitioner import partition_of


@given(st.binary(max_size=64), st.integers(1, 64))
def test_the_partition_is_the_one_that_aiokafka_chooses(key, partitions):
    everywhere = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, everywhere, everywhere)


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_the_hash_is_the_one_that_kafkas_own_tests_publish(key, hashed):
    assert partition_of(key, 2**31) == hashed & 0x7FFFFFFF


@pytest.mark.parametrize(
    ("key", "partition"),
    [(b"", 1), (b"person/ada", 4), (b"AKIAIOSFODNN7EXAMPLE", 2), (b"111122223333", 3), ("root/é".encode(), 0)],
)
def test_the_partition_of_a_key_never_changes(key, partition):
    assert partition_of(key, 8) == partition
