"""Gaps: what the log no longer has of what its readers had still to read."""

from typing import NamedTuple

from streams.log.faults import LogUnusable
from streams.log.reader import OpenLog
from streams.topics import APP_ID, Topic, changelog

STATE = {Topic.CALLS: changelog("seen"), Topic.COMMANDS: changelog("cases")}
"""The topics that are decided by, each with what was decided."""
OLD_MS = 3_600_000
"""A group that works commits within seconds of its first message."""


class Gap(NamedTuple):
    """Messages that were removed before they were read: from `begin` up to, without it, `end`."""

    topic: str
    partition: int
    begin: int
    end: int


def find_gaps(log: OpenLog) -> list[Gap]:
    """What retention took from under the agents.

    Raises:
        LogUnusable: the log has forgotten how far the agents had read. From its beginning on they would ask and
            page everybody again, for `seen` and ended cases are not kept as long as the calls.
    """
    places = [(topic, partition) for topic in STATE for partition in range(log.partitions(topic))]
    return [gap for place in places if (gap := _gap(log, *place)) is not None]


def _gap(log: OpenLog, topic: Topic, partition: int) -> Gap | None:
    read = log.remembered(APP_ID, topic, partition)
    begin = log.begin_offset(topic, partition)
    if read is not None:
        return Gap(topic, partition, read, begin) if read < begin else None
    if log.end_offset(STATE[topic], partition) == 0:
        return None
    oldest = log.read(topic, partition, begin, 1)
    if oldest and oldest[0].timestamp_ms < log.clock() - OLD_MS:
        raise LogUnusable(
            f"the log has forgotten how far {topic}[{partition}] was read, and its tables are not empty: set the"
            f" offsets of its group, for example `kafka-consumer-groups.sh --group {APP_ID} --topic {topic}"
            " --reset-offsets --to-datetime WHEN_THE_WORKERS_STOPPED --execute`, then start again"
        )
    return None
