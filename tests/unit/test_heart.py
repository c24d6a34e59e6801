"""A worker's heart: what counts as life, and what ends it."""

import asyncio

import pytest

from agents.roles import heart as module
from agents.roles.heart import BEAT_KEY, REBALANCE_S, STALLED_S, Heart
from agents.triage import Triage
from streams.records.beat import Beat
from streams.records.codec import from_wire
from streams.shell.message import Message
from streams.topics import Topic
from tables.seen import SeenTable
from tables.sessions import SessionsTable
from tables.tallies import TallyTable
from tests.support.flow import policy
from tests.support.worker import Changelog, Worker


class Clock:
    """What `time.monotonic` says in these tests."""

    def __init__(self, monkeypatch):
        self.now_s = 1_000.0
        monkeypatch.setattr(module.time, "monotonic", lambda: self.now_s)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def owned():
    return {0, 1}


@pytest.fixture
def heart(owned):
    return Heart("worker-1", lambda: owned)


def message(partition=0, key=b"credential"):
    return Message(Topic.CALLS, partition, 0, 0, key, b"{}")


def through(heart, clock, partition=0, key=BEAT_KEY):
    """One message through triage and cases."""
    heart.through_triage(lambda _: [])(message(partition, key))
    heart.through_cases(lambda _: [])(message(partition, key))


def look(heart, clock, *, rebalancing=False):
    return heart.look(clock.now_s, rebalancing=rebalancing)


def test_beats_that_come_through_are_life(heart, clock):
    for _ in range(20):
        assert look(heart, clock) is None
        through(heart, clock, 0)
        through(heart, clock, 1)
        clock.now_s += 5


def test_a_partition_that_triage_handles_nothing_of_is_stalled(heart, clock):
    look(heart, clock)
    for _ in range(7):
        through(heart, clock, 0)
        clock.now_s += 5
    assert look(heart, clock) == "triage has handled nothing of partition 1 for 30 s"


def test_a_beat_that_cases_never_handles_is_a_stall(heart, clock):
    look(heart, clock)
    for _ in range(7):
        heart.through_triage(lambda _: [])(message(0, BEAT_KEY))
        through(heart, clock, 1)
        clock.now_s += 5
    assert look(heart, clock) == "cases has handled nothing of partition 0 for 30 s"


def test_a_backlog_before_the_beats_is_no_stall(heart, clock):
    for _ in range(20):
        assert look(heart, clock) is None
        for partition in (0, 1):
            heart.through_triage(lambda _: [])(message(partition))
        clock.now_s += 5


def test_a_rebalance_stands_still_without_a_stall_but_not_for_ever(heart, clock):
    through(heart, clock)
    clock.now_s += STALLED_S + 10
    assert look(heart, clock, rebalancing=True) is None
    assert look(heart, clock) is None, "what stood still begins anew"
    assert look(heart, clock, rebalancing=True) is None
    clock.now_s += REBALANCE_S + 1
    assert look(heart, clock, rebalancing=True) == "a rebalance has taken longer than 600 s"


def test_a_partition_that_went_away_and_came_back_begins_anew(heart, clock, owned):
    look(heart, clock)
    owned.discard(1)
    for _ in range(8):
        through(heart, clock, 0)
        assert look(heart, clock) is None
        clock.now_s += 5
    owned.add(1)
    assert look(heart, clock) is None


async def test_a_beat_goes_through_triage_and_cases_to_the_heartbeats_of_its_partition(heart):
    sent = []

    class Appender:
        async def append(self, sends):
            sent.extend(sends)

    running = asyncio.create_task(heart.run(Appender(), lambda: 7, lambda: False))
    while not sent:  # noqa: ASYNC110 - it waits for the heart
        await asyncio.sleep(0)
    running.cancel()
    assert [(send.topic, send.key, send.partition) for send in sent] == [
        (Topic.CALLS, BEAT_KEY, 0),
        (Topic.CALLS, BEAT_KEY, 1),
    ]
    tables = [Changelog({}), Changelog({}), Changelog({})]
    triage = Triage(SeenTable(tables[0]), SessionsTable(tables[1]), policy, 1, TallyTable(tables[2]))
    (passed,) = triage.handle(Message(Topic.CALLS, 0, 5, 0, BEAT_KEY, sent[0].value))
    assert (passed.topic, passed.key, passed.partition) == (Topic.COMMANDS, BEAT_KEY, 0)
    (beat,) = Worker().agent.handle(Message(Topic.COMMANDS, 0, 9, 0, passed.key, passed.value))
    assert (beat.topic, beat.partition) == (Topic.HEARTBEATS, 0)
    assert from_wire(Beat, beat.value) == Beat("worker-1", 7)
