"""Gaps: a worker does not begin again at the log's beginning, and says what was removed unread."""

import pytest

from streams.log.faults import LogUnusable
from streams.log.gaps import EFFECTS, OLD_MS, Gap, find_gaps
from streams.log.record import Record
from streams.topics import Topic, changelog

NOW_MS = 1_790_000_000_000


class Log:
    """One partition a topic: where it begins, where it ends, what was read."""

    def __init__(self):
        topics = (Topic.CALLS, Topic.COMMANDS, *EFFECTS)
        states = (changelog("seen"), changelog("cases"))
        self.begins = dict.fromkeys([*topics, *states], 0)
        self.ends = dict.fromkeys(states, 5)
        self.read_to = dict.fromkeys(topics, 10)
        self.oldest_ms = NOW_MS - OLD_MS - 1
        self.decided = b"v"

    def clock(self):
        return NOW_MS

    def partitions(self, _topic):
        return 1

    def begin_offset(self, topic, _partition):
        return self.begins[topic]

    def end_offset(self, topic, _partition):
        return self.ends[topic]

    def remembered(self, group, topic, _partition):
        assert group == "countersign"
        return self.read_to[topic]

    def read(self, topic, partition, offset, _limit):
        value = self.decided if topic in self.ends else b"v"
        return [Record(topic, partition, offset, self.oldest_ms, b"k", value)]


def test_a_group_that_read_on_finds_no_gap():
    assert find_gaps(Log()) == []


def test_what_was_removed_unread_is_told():
    log = Log()
    log.begins[Topic.COMMANDS] = 25
    assert find_gaps(log) == [Gap(Topic.COMMANDS, 0, 10, 25)]


@pytest.mark.parametrize("topic", [Topic.CALLS, Topic.COMMANDS])
def test_a_forgotten_group_is_refused_with_the_command_that_mends_it(topic):
    log = Log()
    log.read_to[topic] = None
    with pytest.raises(LogUnusable, match=rf"{topic}\[0\].*--reset-offsets"):
        find_gaps(log)


def test_a_first_start_is_none_of_it_and_neither_is_a_crash_before_the_first_commit():
    first, crashed = Log(), Log()
    first.read_to = crashed.read_to = dict.fromkeys(first.read_to)
    first.ends = dict.fromkeys(first.ends, 0)
    crashed.oldest_ms = NOW_MS - 1_000
    assert find_gaps(first) == find_gaps(crashed) == []


@pytest.mark.parametrize("topic", EFFECTS)
def test_effects_of_a_forgotten_group_are_passed_over_for_the_cases_emit_what_they_owe(topic):
    log = Log()
    log.read_to[topic] = None
    with pytest.raises(LogUnusable, match=rf"{topic}\[0\].*--topic {topic} --reset-offsets --to-latest"):
        find_gaps(log)


def test_marks_of_owners_alone_are_nothing_decided():
    log = Log()
    log.decided = None
    log.read_to = dict.fromkeys(log.read_to)
    assert find_gaps(log) == []
