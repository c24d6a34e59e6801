"""Catalog: the topics and partitions of a log."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from streams.counted import counted
from streams.log.faults import LogUnusable, UnknownTopic
from streams.partitioner import partition_of
from streams.shell.message import Send
from streams.topics import Retention, TopicPlan


@dataclass(slots=True, eq=False)
class Partition:
    """One partition as the writer knows it; `next_offset` and `last_ms` never fall.

    `next_offset` counts what is staged too, `end_offset` what is committed and so can be read; `readers` and
    `guests` are the plan's.
    """

    id: int
    topic: str
    number: int
    next_offset: int
    last_ms: int
    retention: Retention
    readers: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()
    end_offset: int = field(init=False)

    def __post_init__(self) -> None:
        self.end_offset = self.next_offset


class Catalog:
    """Every partition of the log by topic, in the order of their numbers."""

    def __init__(self, topics: dict[str, list[Partition]]) -> None:
        self.topics = topics

    def place(self, send: Send) -> Partition:
        """The partition that a message goes to: its own, else its key's.

        Raises:
            UnknownTopic: the log's plan has no such topic.
            ValueError: the partition does not exist, or neither partition nor key is given.
        """
        partitions = self.partitions(send.topic)
        if send.partition is not None:
            if not 0 <= send.partition < len(partitions):
                raise ValueError(f"topic {send.topic} has partitions 0 to {len(partitions) - 1}")
            return partitions[send.partition]
        if send.key is None:
            raise ValueError(f"a message for {send.topic} needs a key or a partition")
        return partitions[partition_of(send.key, len(partitions))]

    def partitions(self, topic: str) -> list[Partition]:
        """The partitions of a topic.

        Raises:
            UnknownTopic: the log's plan has no such topic.
        """
        try:
            return self.topics[topic]
        except KeyError:
            raise UnknownTopic(f"the log has no topic {topic!r}") from None

    def all(self) -> Iterable[Partition]:
        """Every partition of every topic."""
        return (partition for partitions in self.topics.values() for partition in partitions)


def apply_plan(connection: sqlite3.Connection, plan: Iterable[TopicPlan]) -> None:
    """Make the topics that the file lacks, in one transaction; what it has beyond the plan stays.

    Raises:
        LogUnusable: a topic has another number of partitions than the plan says.
    """
    topics = list(plan)
    found = dict(connection.execute("SELECT name, partitions FROM topics"))
    for topic in topics:
        if found.get(topic.name, topic.partitions) != topic.partitions:
            raise LogUnusable(
                f"topic {topic.name} of this log has {counted(found[topic.name], 'partition')}, the configuration "
                f"says {topic.partitions}. The count is fixed for a log's life, keys would lose their state: set "
                f"log.partitions = {found[topic.name]}, or start a new log"
            )
    connection.execute("BEGIN IMMEDIATE")
    for topic in topics:
        _upsert(connection, topic)
    connection.execute("COMMIT")


def _upsert(connection: sqlite3.Connection, topic: TopicPlan) -> None:
    """Write one topic and its partitions, keeping what is there."""
    connection.execute(
        "INSERT INTO topics VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET retention = excluded.retention",
        (topic.name, topic.partitions, str(topic.retention)),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO partitions (topic, partition) VALUES (?, ?)",
        [(topic.name, number) for number in range(topic.partitions)],
    )


def load_catalog(connection: sqlite3.Connection, plan: Iterable[TopicPlan]) -> Catalog:
    """Read every partition from the file; who reads them is the plan's to say."""
    planned = {topic.name: topic for topic in plan}
    rows = connection.execute(
        "SELECT id, topic, partition, next_offset, last_ms, retention FROM partitions"
        " JOIN topics ON topics.name = topic ORDER BY topic, partition"
    )
    topics: dict[str, list[Partition]] = {}
    for partition_id, topic, number, next_offset, last_ms, retention in rows:
        partition = Partition(partition_id, topic, number, next_offset, last_ms, Retention(retention))
        if topic in planned:
            partition.readers, partition.guests = planned[topic].readers, planned[topic].guests
        topics.setdefault(topic, []).append(partition)
    return Catalog(topics)
