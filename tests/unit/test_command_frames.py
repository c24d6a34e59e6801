"""Command frames: joined, they say the same to each partition."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import command_frames as module
from agents.command_frames import joined
from streams.records.beat import Beat
from streams.records.codec import from_wire, to_wire
from streams.records.command import CommandFrame, Due
from streams.shell.message import Send
from streams.topics import Topic

PARTITIONS = 3


def frame(partition, *numbers):
    commands = [Due(f"case-{number}", number, 0) for number in numbers]
    return Send(Topic.COMMANDS, b"ada", to_wire(CommandFrame(commands)), partition)


def beat(partition):
    told = to_wire(CommandFrame([], beat=Beat("worker", 1, 2)))
    return Send(Topic.COMMANDS, b"beat", told, partition)


def said(sends):
    """By partition, what its frames say, in order: the cases of their commands, or the beat."""
    found = defaultdict(list)
    for send in sends:
        if send.topic == Topic.COMMANDS:
            read = from_wire(CommandFrame, send.value)
            found[send.partition] += ["beat"] if read.beat else [one.case_id for one in read.commands]
    return dict(found)


def test_frames_of_one_partition_become_one_and_all_else_stays():
    verdict = Send(Topic.VERDICTS, b"k", b"v", 0)
    sends = joined([frame(0, 1, 2), verdict, frame(1, 3), frame(0, 4)])
    assert [(send.topic, send.partition) for send in sends] == [
        (Topic.COMMANDS, 0),
        (Topic.VERDICTS, 0),
        (Topic.COMMANDS, 1),
    ]
    assert said(sends) == {0: ["case-1", "case-2", "case-4"], 1: ["case-3"]}
    assert sends[1] is verdict


def test_a_frame_that_is_joined_loses_no_field():
    assert module._Commands.__struct_fields__ == CommandFrame.__struct_fields__


def test_nothing_passes_a_beat():
    sends = joined([frame(0, 1), beat(0), frame(0, 2), frame(0, 3)])
    assert said(sends) == {0: ["case-1", "beat", "case-2", "case-3"]}
    assert len(sends) == 3


@pytest.mark.parametrize(("limit", "value"), [("MAX_COMMANDS", 3), ("MAX_BYTES", 200)])
def test_a_frame_stays_within_its_bounds(monkeypatch, limit, value):
    monkeypatch.setattr(module, limit, value)
    sends = joined([frame(0, number) for number in range(10)])
    assert said(sends) == {0: [f"case-{number}" for number in range(10)]}
    assert len(sends) > 3
    assert all(len(from_wire(CommandFrame, send.value).commands) <= 3 for send in sends)


@given(st.lists(st.tuples(st.integers(0, PARTITIONS - 1), st.integers(0, 3), st.booleans()), max_size=12))
def test_each_partition_is_told_the_same_in_the_same_order(shapes):
    numbers = iter(range(1_000))
    sends = [
        beat(partition) if beats else frame(partition, *(next(numbers) for _ in range(count)))
        for partition, count, beats in shapes
    ]
    told = said(joined(sends))
    assert told == {partition: words for partition, words in said(sends).items() if words or partition in told}
