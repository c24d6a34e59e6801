"""Topics: every name, what keys it, and how long it is kept."""

from enum import StrEnum
from typing import NamedTuple

APP_ID = "countersign"
"""The Faust app id; table changelogs are named `<app id>-<table>-changelog`."""

ARCHIVIST = "countersign-archivist"
"""The group whose offsets say what Elasticsearch has."""


class Topic(StrEnum):
    """The topics of the pipeline; the listing follows a call on its way."""

    CALLS = "calls"  # by credential
    VERDICTS = "verdicts"  # as `calls`
    COMMANDS = "commands"  # by actor
    CASE_LOG = "case-log"  # by actor
    EFFECTS_PAGE = "effects-page"  # by actor
    EFFECTS_SLACK = "effects-slack"  # by actor
    EFFECTS_DUO = "effects-duo"  # by actor
    DEAD_LETTERS = "dead-letters"  # by feed
    INTAKE = "intake"  # by feed
    FEED_POSITIONS = "feed-positions"  # by feed and part
    REPORTS = "reports"  # by day
    HEARTBEATS = "heartbeats"  # one partition beside each of `calls`; only workers on Kafka send there
    RULES = "rules"  # by version, and by process; all of it in partition 0, so that it has one order


class Retention(StrEnum):
    """How a topic's past is treated."""

    DAYS = "days"  # removed after log.retention_days
    HOUR = "hour"  # of use for minutes; removed after an hour, where there is any
    KEEP = "keep"
    COMPACT = "compact"  # the last value of each key


class TopicPlan(NamedTuple):
    """A topic's settings on either log.

    On the embedded log, what `readers` have yet to read is never removed, also where they never committed an
    offset; Kafka removes by age alone, and a worker that finds a gap pages (`streams.log.gaps`). `guests` count
    once they have committed one anywhere, and hold a topic for a bounded time only.
    """

    name: str
    partitions: int
    retention: Retention
    readers: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()


RETENTION = {
    Topic.CASE_LOG: Retention.KEEP,
    Topic.REPORTS: Retention.KEEP,
    Topic.FEED_POSITIONS: Retention.COMPACT,
    Topic.HEARTBEATS: Retention.HOUR,
    Topic.RULES: Retention.COMPACT,
}
"""All others go after days. Dead letters too: whoever may publish can make them, so kept for ever they would fill
the disk; each paged when it came, and the days are there for a look at it."""

READERS = {Topic.CALLS: (APP_ID,), Topic.COMMANDS: (APP_ID,)}
"""Whom nothing may be taken from unread. Effects have none: the cases' outbox emits them again."""

GUESTS = {Topic.VERDICTS: (ARCHIVIST,), Topic.CASE_LOG: (ARCHIVIST,)}

TABLES = ("seen", "sessions", "tallies", "cases", "counters")


def changelog(table: str) -> str:
    """The changelog topic of a table."""
    return f"{APP_ID}-{table}-changelog"


def plan(partitions: int) -> list[TopicPlan]:
    """Every topic the pipeline needs, all with the same partition count: state and input lie side by side."""
    topics = [
        TopicPlan(
            str(topic),
            partitions,
            RETENTION.get(topic, Retention.DAYS),
            READERS.get(topic, ()),
            GUESTS.get(topic, ()),
        )
        for topic in Topic
    ]
    tables = [TopicPlan(changelog(table), partitions, Retention.COMPACT) for table in TABLES]
    return topics + tables
