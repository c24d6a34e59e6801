"""Gaps: a worker does not begin again at the log's beginning, and says what was removed unread."""

import pytest

from streams.log.faults import LogUnusable
from streams.log.gaps import OLD_MS, Gap, find_gaps
from streams.log.record import Record
from streams.topics import Topic, changelog

NOW_MS = 1_790_000_000_000


class Log:
    """One partition a topic: where it begins, where it ends, what was read."""

    def __init__(self):
        self.begins = {Topic.CALLS: 0, Topic.COMMANDS: 0}
        self.ends = {changelog("seen"): 5, changelog("cases"): 5}
        self.read_to = {Topic.CALLS: 10, Topic.COMMANDS: 10}
        self.oldest_ms = NOW_MS - OLD_MS - 1

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
        return [Record(topic, partition, offset, self.oldest_ms, b"k", b"v")]


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
    first.read_to = crashed.read_to = {Topic.CALLS: None, Topic.COMMANDS: None}
    first.ends = dict.fromkeys(first.ends, 0)
    crashed.oldest_ms = NOW_MS - 1_000
    assert find_gaps(first) == find_gaps(crashed) == []
