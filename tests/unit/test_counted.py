"""One of a thing is not told in the plural."""

import pytest

from agents.roles.worker import _incident
from streams.kafka.topics import _of_topic
from streams.log.gaps import Gap
from streams.settings.model import LogSettings
from streams.topics import plan


def test_a_topic_of_one_partition_is_planned_as_such():
    (found,) = _of_topic(plan(1)[0], None, LogSettings())
    assert found.wanted == "1 partition"


@pytest.mark.parametrize(
    ("end", "told"),
    [(8, "1 message of calls[3] was removed by retention before it was read"), (9, "2 messages of calls[3] were")],
)
def test_a_gap_of_one_message_reads_as_one(end: int, told: str):
    assert _incident(Gap("calls", 3, 7, end)).summary.startswith(told)
