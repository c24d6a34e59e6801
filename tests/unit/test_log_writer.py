"""The log's one writer: whom it refuses, what it cannot use, and what it does when a commit fails."""

import asyncio
import os
import sqlite3
import subprocess
import sys

import pytest

from streams.embedded.reader import LogReader
from streams.embedded.writer import LogWriter
from streams.log.faults import LogFailed, LogInUse, LogUnusable, UnknownTopic
from streams.shell.message import Send
from streams.topics import Retention, TopicPlan
from tests.support.failpoints import ROOT
from tests.support.logs import PLAN, open_writer


def test_a_second_writer_is_refused_and_told_who_holds_the_log(tmp_path):
    writer = open_writer(tmp_path / "log.db")
    with pytest.raises(LogInUse, match=rf"process {os.getpid()}.*another log\.url"):
        open_writer(tmp_path / "log.db")
    writer.close()
    open_writer(tmp_path / "log.db").close()


def test_a_second_writer_in_another_process_is_refused(tmp_path):
    writer = open_writer(tmp_path / "log.db")
    program = (
        "from pathlib import Path; from tests.support.logs import open_writer\n"
        f"open_writer(Path({str(tmp_path / 'log.db')!r}))"
    )
    second = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert second.returncode == 1
    assert f"LogInUse: the log {tmp_path / 'log.db'} already has a writer, process {os.getpid()}" in second.stderr
    writer.close()


async def test_the_writer_waits_for_one_that_is_about_to_end(tmp_path):
    first = open_writer(tmp_path / "log.db")
    asyncio.get_running_loop().call_later(0.3, first.close)
    location = first.path
    second = await asyncio.to_thread(_open_waiting, location)
    second.close()


def _open_waiting(path):
    from streams.embedded.location import LogLocation

    return LogWriter.open(LogLocation(path), PLAN, 7, wait_s=10.0)


def test_another_partition_count_is_refused(tmp_path):
    open_writer(tmp_path / "log.db").close()
    with pytest.raises(LogUnusable, match=r"calls of this log has 4 partitions, the configuration says 8.*fixed"):
        open_writer(tmp_path / "log.db", plan=[TopicPlan("calls", 8, Retention.DAYS)])


def test_a_new_topic_joins_an_old_log(tmp_path):
    open_writer(tmp_path / "log.db").close()
    open_writer(tmp_path / "log.db", plan=[*PLAN, TopicPlan("reports", 4, Retention.KEEP)]).close()
    with LogReader(tmp_path / "log.db") as reader:
        assert reader.partitions("reports") == 4
        assert reader.topics() == ["calls", "case-log", "countersign-seen-changelog", "reports", "verdicts"]


@pytest.mark.parametrize("speed", [20.0, 0.5])
def test_a_log_keeps_the_clock_it_was_made_with(tmp_path, speed):
    open_writer(tmp_path / "log.db").close()
    with pytest.raises(LogUnusable, match=f"runs at 1 times the wall's, the URL says {speed:g}"):
        open_writer(tmp_path / "log.db", speed=speed)


async def test_a_rehearsal_clock_runs_faster_for_writer_and_reader(tmp_path):
    writer = open_writer(tmp_path / "log.db", speed=1000.0)
    with LogReader(tmp_path / "log.db") as reader:
        first = await writer.append([Send("calls", b"k", b"v")])
        await asyncio.sleep(0.05)
        second = await writer.append([Send("calls", b"k", b"v")])
        assert second[0].timestamp_ms - first[0].timestamp_ms >= 45_000
        assert abs(reader.clock() - writer.clock()) < 5_000
    writer.close()


@pytest.mark.parametrize("content", [b"not a database at all" * 100, None])
def test_a_file_that_is_no_log_is_refused(tmp_path, content):
    path = tmp_path / "log.db"
    if content is None:
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE notes (text)")
        other.close()
    else:
        path.write_bytes(content)
    with pytest.raises(LogUnusable, match=r"log\.db"):
        open_writer(path)
    with pytest.raises(LogUnusable, match=r"log\.db"):
        LogReader(path)


def test_a_missing_folder_or_log_is_named(tmp_path):
    with pytest.raises(LogUnusable, match="nowhere"):
        open_writer(tmp_path / "nowhere" / "log.db")
    with pytest.raises(LogUnusable, match="there is no log at"):
        LogReader(tmp_path / "log.db")


async def test_what_has_no_place_is_refused_before_anything_is_appended(tmp_path):
    writer = open_writer(tmp_path / "log.db")
    good = Send("calls", b"k", b"v", 0)
    with pytest.raises(UnknownTopic, match="'nope'"):
        writer.append([good, Send("nope", b"k", b"v")])
    with pytest.raises(ValueError, match="partitions 0 to 3"):
        writer.append([good, Send("calls", b"k", b"v", 4)])
    with pytest.raises(ValueError, match="needs a key or a partition"):
        writer.append([good, Send("calls", None, b"v")])
    assert (await writer.append([good]))[0].offset == 0
    writer.close()


async def test_threads_can_append_too(tmp_path):
    writer = open_writer(tmp_path / "log.db")
    (position,) = await asyncio.to_thread(writer.append_blocking, [Send("calls", b"k", b"v", 0)])
    assert position.offset == 0
    writer.close()


async def test_a_full_disk_fails_every_waiting_append_and_kills_the_writer(tmp_path):
    writer = open_writer(tmp_path / "log.db")
    await writer.append([Send("calls", b"k", b"before", 0)])
    pages = writer._connection.execute("PRAGMA page_count").fetchone()[0]
    writer._connection.execute(f"PRAGMA max_page_count = {pages}")  # SQLite then answers as on a full disk

    async def append():  # one that comes after the failed commit is refused at once
        return await writer.append([Send("calls", b"k", b"x" * 100_000, 0)])

    results = await asyncio.gather(append(), append(), append(), return_exceptions=True)
    assert all(isinstance(result, LogFailed) for result in results)
    assert "database or disk is full" in str(results[0])
    with pytest.raises(LogFailed):
        writer.append([Send("calls", b"k", b"small", 0)])
    writer.close()
    with LogReader(tmp_path / "log.db") as reader:
        assert [record.value for record in reader.read("calls", 0, 0, 10)] == [b"before"]


async def test_closing_commits_what_is_queued_and_refuses_the_rest(tmp_path):
    writer = open_writer(tmp_path / "log.db")
    waiting = writer.append([Send("calls", b"k", b"v", 0)])
    writer.close()
    assert (await waiting)[0].offset == 0
    with pytest.raises(LogFailed, match="closed"):
        writer.append([Send("calls", b"k", b"v", 0)])
