"""Gaps: what the log no longer has of what its readers had still to read."""

from typing import NamedTuple

from streams.log.faults import LogUnusable
from streams.log.reader import OpenLog
from streams.topics import APP_ID, Topic, changelog

STATE = {Topic.CALLS: changelog("seen"), Topic.COMMANDS: changelog("cases")}
"""The topics that are decided by, each with what was decided."""
EFFECTS = (Topic.EFFECTS_PAGE, Topic.EFFECTS_SLACK, Topic.EFFECTS_DUO)
"""What follows from the cases: what one still owes it emits again, and what it does not must not be done again."""
OLD_MS = 3_600_000
"""A group that works commits within seconds of its first message."""
PAGE = 500


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
    gaps = [gap for place in places if (gap := _gap(log, *place)) is not None]
    for topic in EFFECTS:
        for partition in range(log.partitions(topic)):
            _check_effects(log, topic, partition)
    return gaps


def _gap(log: OpenLog, topic: Topic, partition: int) -> Gap | None:
    read = log.remembered(APP_ID, topic, partition)
    begin = log.begin_offset(topic, partition)
    if read is not None:
        return Gap(topic, partition, read, begin) if read < begin else None
    if _has_entries(log, STATE[topic], partition) and _is_old(log, topic, partition, begin):
        raise LogUnusable(_forgotten(topic, partition, "--to-datetime WHEN_THE_WORKERS_STOPPED"))
    return None


def _check_effects(log: OpenLog, topic: Topic, partition: int) -> None:
    if log.remembered(APP_ID, topic, partition) is not None:
        return
    begin = log.begin_offset(topic, partition)
    if _has_entries(log, STATE[Topic.COMMANDS], partition) and _is_old(log, topic, partition, begin):
        raise LogUnusable(_forgotten(topic, partition, "--to-latest"))


def _has_entries(log: OpenLog, state: str, partition: int) -> bool:
    """Whether anything was ever decided there: a changelog may hold nothing but the marks of its owners."""
    offset, end = log.begin_offset(state, partition), log.end_offset(state, partition)
    while offset < end and (page := log.read(state, partition, offset, PAGE)):
        if any(record.value is not None for record in page):
            return True
        offset = page[-1].offset + 1
    return False


def _is_old(log: OpenLog, topic: Topic, partition: int, begin: int) -> bool:
    oldest = log.read(topic, partition, begin, 1)
    return bool(oldest) and oldest[0].timestamp_ms < log.clock() - OLD_MS


def _forgotten(topic: Topic, partition: int, to: str) -> str:
    return (
        f"the log has forgotten how far {topic}[{partition}] was read, and its tables are not empty: set the"
        f" offsets of its group, for example `kafka-consumer-groups.sh --group {APP_ID} --topic {topic}"
        f" --reset-offsets {to} --execute`, then start again"
    )
