"""Retention and compaction: what may go, what stays, and that no offset is ever given twice."""

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents import archivist
from streams import clock, topics
from streams.embedded import compaction
from streams.embedded.reader import LogReader
from streams.shell.message import Send
from streams.topics import Retention, TopicPlan
from tests.support.examples import examples
from tests.support.logs import CHANGELOG, open_writer


async def test_the_next_offset_stays_when_retention_removes_everything(tmp_path):
    writer = open_writer(tmp_path / "log.db", days=0, speed=1000.0)
    await writer.append([Send("calls", None, b"%d" % number, 0) for number in range(1200)])
    await writer.append([Send("calls", None, b"later", 1)])
    await writer.maintain()
    with LogReader(tmp_path / "log.db") as reader:
        assert reader.read("calls", 0, 0, 10) == []
        assert (reader.begin_offset("calls", 0), reader.end_offset("calls", 0)) == (1200, 1200)
    writer.close()
    writer = open_writer(tmp_path / "log.db", days=0, speed=1000.0)
    assert (await writer.append([Send("calls", None, b"next", 0)]))[0].offset == 1200
    writer.close()


async def test_retention_leaves_young_messages_and_kept_topics(tmp_path):
    writer = open_writer(tmp_path / "log.db", days=1)
    await writer.append([Send("calls", None, b"young", 0), Send("case-log", None, b"kept", 0)])
    await writer.maintain()
    with LogReader(tmp_path / "log.db") as reader:
        assert len(reader.read("calls", 0, 0, 10)) == 1
        assert len(reader.read("case-log", 0, 0, 10)) == 1
    writer.close()


DAY_MS = 86_400_000
READ = [
    TopicPlan("calls", 2, Retention.DAYS, readers=("countersign",)),
    TopicPlan("verdicts", 2, Retention.DAYS, guests=("archivist",)),
    TopicPlan("case-log", 1, Retention.KEEP),
]


async def left_after(tmp_path, monkeypatch, days, commits=()) -> dict[str, list[int]]:
    """What is left of ten calls and ten verdicts, kept for one day, so many days after they were appended."""
    log = open_writer(tmp_path / "log.db", days=1, plan=READ)
    for topic in ("calls", "verdicts"):
        await log.append([Send(topic, None, b"%d" % number, 0) for number in range(10)])
    for group, topic, partition, offset in commits:
        await log.commit_offsets(group, {(topic, partition): offset})
    up_ms = clock.uptime_ms()
    monkeypatch.setattr(clock, "uptime_ms", lambda: up_ms + int(days * DAY_MS))
    await log.maintain()
    monkeypatch.undo()
    log.close()
    with LogReader(tmp_path / "log.db") as reader:
        return {topic: [one.offset for one in reader.read(topic, 0, 0, 20)] for topic in ("calls", "verdicts")}


async def test_retention_keeps_what_its_reader_has_yet_to_read_however_old(tmp_path, monkeypatch):
    left = await left_after(tmp_path, monkeypatch, 30, [("countersign", "calls", 0, 4)])
    assert left == {"calls": [4, 5, 6, 7, 8, 9], "verdicts": []}


async def test_a_reader_that_never_committed_has_read_nothing(tmp_path, monkeypatch):
    left = await left_after(tmp_path, monkeypatch, 30)
    assert left == {"calls": list(range(10)), "verdicts": []}


@pytest.mark.parametrize(
    "commits",
    [
        [("archivist", "verdicts", 0, 0)],
        [("archivist", "verdicts", 1, 7)],
        [("archivist", "case-log", 0, 7)],
        [("somebody", "verdicts", 1, 7)],
    ],
)
async def test_a_group_that_is_known_has_not_read_a_partition_that_it_never_committed(
    tmp_path, monkeypatch, commits
):
    assert (await left_after(tmp_path, monkeypatch, 3, commits))["verdicts"] == list(range(10))


async def test_a_group_that_is_gone_holds_a_topic_for_four_times_the_retention(tmp_path, monkeypatch):
    commits = [("archivist", "verdicts", 0, 4)]
    assert (await left_after(tmp_path, monkeypatch, 3.9, commits))["verdicts"] == [4, 5, 6, 7, 8, 9]
    (tmp_path / "log.db").unlink()
    with structlog.testing.capture_logs() as logs:
        assert (await left_after(tmp_path, monkeypatch, 4.1, commits))["verdicts"] == []
    told = {"event": "removed_unread", "log_level": "warning", "topic": "verdicts", "partition": 0}
    assert logs == [told | {"first": 4, "messages": 6}]


def test_the_plan_names_who_must_have_read():
    read = {topic.name: (topic.readers, topic.guests) for topic in topics.plan(1) if topic.readers or topic.guests}
    assert read == {
        "calls": (("countersign",), ()),
        "commands": (("countersign",), ()),
        "verdicts": ((), (archivist.GROUP,)),
        "case-log": ((), (archivist.GROUP,)),
    }


def test_dead_letters_do_not_stay_for_ever():
    (letters,) = [topic for topic in topics.plan(1) if topic.name == topics.Topic.DEAD_LETTERS]
    assert letters.retention is Retention.DAYS


async def test_compaction_keeps_the_last_value_of_each_key_and_the_last_message(tmp_path):
    writer = open_writer(tmp_path / "log.db")
    await writer.append([Send(CHANGELOG, b"k%d" % (number % 3), b"%d" % number, 0) for number in range(1000)])
    await writer.append([Send(CHANGELOG, b"k0", None, 0)])
    await writer.maintain(min_dirty=1)
    with LogReader(tmp_path / "log.db") as reader:
        records = reader.read(CHANGELOG, 0, 0, 100)
        assert [(record.key, record.value, record.offset) for record in records] == [
            (b"k1", b"997", 997),
            (b"k2", b"998", 998),
            (b"k0", None, 1000),
        ]
        assert reader.live_keys(CHANGELOG, 0) == 2
        assert reader.end_offset(CHANGELOG, 0) == 1001
    writer.close()


async def test_a_tombstone_leaves_only_when_it_is_old_and_not_the_last(tmp_path, monkeypatch):
    writer = open_writer(tmp_path / "log.db", speed=1000.0)
    await writer.append([Send(CHANGELOG, b"gone", b"v", 0), Send(CHANGELOG, b"gone", None, 0)])
    await writer.maintain(min_dirty=1)
    with LogReader(tmp_path / "log.db") as reader:
        assert [record.value for record in reader.read(CHANGELOG, 0, 0, 10)] == [None]
        monkeypatch.setattr(compaction, "TOMBSTONE_MS", -1_000_000)
        await writer.append([Send(CHANGELOG, b"other", b"v", 0)])
        await writer.maintain(min_dirty=1)
        assert [record.value for record in reader.read(CHANGELOG, 0, 0, 10)] == [b"v"]
    writer.close()


async def test_appends_go_on_during_maintenance(tmp_path, monkeypatch):
    monkeypatch.setattr(compaction, "ROWS", 5)
    writer = open_writer(tmp_path / "log.db")
    await writer.append([Send(CHANGELOG, b"k", b"%d" % number, 0) for number in range(500)])
    maintained = writer.maintain(min_dirty=1)
    position = (await writer.append([Send(CHANGELOG, b"k", b"meanwhile", 0)]))[0]
    assert not maintained.done()
    await maintained
    with LogReader(tmp_path / "log.db") as reader:
        assert reader.read(CHANGELOG, 0, 0, 1000)[-1].offset == position.offset
    writer.close()


changes = st.lists(
    st.tuples(st.sampled_from([b"a", b"b", b"c", b"d"]), st.none() | st.binary(max_size=3)), max_size=40
)


@pytest.mark.parametrize("tombstones_ms", [compaction.TOMBSTONE_MS, -1_000_000])
@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(changes, min_size=1, max_size=3))
async def test_compaction_never_changes_what_a_recovery_reads(
    tmp_path_factory, monkeypatch, tombstones_ms, rounds
):
    monkeypatch.setattr(compaction, "TOMBSTONE_MS", tombstones_ms)
    path = tmp_path_factory.mktemp("log") / "log.db"
    writer = open_writer(path)
    table: dict[bytes, bytes] = {}
    count = 0
    for round_ in rounds:
        await writer.append([Send(CHANGELOG, key, value, 0) for key, value in round_])
        await writer.maintain(min_dirty=1)
        count += len(round_)
        for key, value in round_:
            table.pop(key, None)
            if value is not None:
                table[key] = value
    recovered: dict[bytes, bytes] = {}
    with LogReader(path) as reader:
        for record in reader.read(CHANGELOG, 0, 0, 1000):
            recovered.pop(record.key, None)
            if record.value is not None:
                recovered[record.key] = record.value
        assert reader.live_keys(CHANGELOG, 0) == len(table)
        assert reader.end_offset(CHANGELOG, 0) == count
    assert recovered == table
    writer.close()
