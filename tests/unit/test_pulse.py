"""The pulse: which partitions the watchdog takes for dead."""

from agents.supervisor.pulse import FIRST_SILENT_S, SILENT_S, Pulse
from streams.topics import Topic
from tests.support.gateway import MemoryReader


def test_the_first_beats_get_more_time_and_later_ones_half_a_minute():
    log, pulse = MemoryReader(), Pulse()
    assert pulse.silent(log, 0) == []
    assert pulse.silent(log, FIRST_SILENT_S) == []
    assert pulse.silent(log, FIRST_SILENT_S + 1) == [0, 1]
    log.append(Topic.HEARTBEATS, 1, b"worker", b"{}")
    assert pulse.silent(log, 100) == [0]
    assert pulse.silent(log, 100 + SILENT_S) == [0]
    assert pulse.silent(log, 101 + SILENT_S) == [0, 1]


def test_a_watchdog_that_slept_itself_hears_first_and_judges_then():
    log, pulse = MemoryReader(), Pulse()
    pulse.silent(log, 0)
    for partition in (0, 1):
        log.append(Topic.HEARTBEATS, partition, b"worker", b"{}")
    assert pulse.silent(log, 10_000) == []


def test_beats_from_before_the_watchdog_are_no_life():
    log, pulse = MemoryReader(), Pulse()
    log.append(Topic.HEARTBEATS, 0, b"worker", b"{}")
    assert pulse.silent(log, 0) == []
    assert pulse.silent(log, FIRST_SILENT_S + 1) == [0, 1]
