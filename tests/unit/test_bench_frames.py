"""What a benchmark puts onto the log: every record once, in frames as a bridge makes them, found by number."""

from collections import Counter

import msgspec
import pytest

from benchmarks.load.frames import framed, hits, number_of, single
from benchmarks.load.records import Arrival, Kind, Load, Mix
from streams.records.call_frame import call_message

PARTITIONS = 4
NUMBER = 3_000


@pytest.fixture(scope="module")
def arrivals() -> list[Arrival]:
    return list(Load(3).arrivals(NUMBER, start_ms=1_767_600_000_000, per_s=200))


def test_every_record_lies_in_one_frame_of_its_partition(arrivals: list[Arrival]):
    made = framed(arrivals, PARTITIONS, "v1", 1)
    seen = Counter()
    for send in made.sends:
        assert len(send.value) < 700_000
        for call in call_message(send.value).calls:
            number = number_of(call.position)
            assert bytes(call.record) == arrivals[number].record
            assert made.partition[number] == send.partition
            seen[number] += 1
    assert seen == Counter(range(NUMBER))


def test_ranks_count_the_records_of_a_partition(arrivals: list[Arrival]):
    made = framed(arrivals, PARTITIONS, "v1", 1)
    last = dict(zip(made.partition, made.rank, strict=True))
    assert sum(last.values()) == NUMBER


def test_peers_find_the_same_records_in_the_same_partitions(arrivals: list[Arrival]):
    made = framed(arrivals, PARTITIONS, "v1", 1)
    alone = list(single(arrivals, "records", PARTITIONS))
    assert [send.value for send in alone] == [one.record for one in arrivals]
    assert [send.partition for send in alone] == made.partition


def test_hits_are_counted_with_their_copies():
    arrivals = list(Load(3, Mix(notify=1, alert=0)).arrivals(200, start_ms=1, per_s=10))
    found = hits(arrivals)
    assert found.total() == 200
    assert len(found) == 200 - sum(one.copy for one in arrivals)
    assert {msgspec.json.decode(one.record)["eventID"] for one in arrivals} == found.keys()
    assert all(one.kind is Kind.NOTIFY for one in arrivals)
