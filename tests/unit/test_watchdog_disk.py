"""The watchdog beside a log, a disk or a machine that fails, hangs or stands still."""

import asyncio
import itertools
import sqlite3
import threading

import pytest

from agents.decisions.case.ids import dedup_key
from agents.supervisor import watchdog as module
from agents.supervisor.notes import Notes
from agents.supervisor.watchdog import BLIND_LOOKS, FROZEN_MS, GRACE_LOOKS, Watchdog
from tests.support.cases import Partition
from tests.unit.test_watchdog import LATE_MS, Log, PagerDuty, alerts, watchdog


@pytest.fixture
def partition():
    return Partition()


@pytest.fixture
def pagerduty():
    return PagerDuty()


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def notes(tmp_path):
    return Notes(tmp_path / "notes")


async def test_a_page_about_the_log_goes_out_while_the_logs_clock_cannot_be_read(pagerduty, notes):
    def unreadable():
        raise sqlite3.OperationalError("unable to open database file")

    dog = Watchdog(unreadable, pagerduty, notes.write, unreadable)
    for _ in range(BLIND_LOOKS + 1):
        await dog.look()
    await dog.page_pipeline("child", "the pipeline dies again and again", "5 times")
    assert [content.summary for _, _, content in pagerduty.sent] == [
        "Countersign: the watchdog cannot read the log",
        "Countersign: the pipeline dies again and again",
    ]


async def test_a_disk_that_hangs_is_paged_read_once_at_a_time_and_watched_again(
    monkeypatch, log, pagerduty, notes, partition
):
    monkeypatch.setattr(module, "HANGS_S", 0.02)
    answers, reads = threading.Event(), []

    def hanging():
        reads.append(answers.wait(10))
        return log

    keys = alerts(partition, 1)
    log.show(partition)
    dog = Watchdog(hanging, pagerduty, notes.write, lambda: partition.now_ms + LATE_MS)
    for _ in range(BLIND_LOOKS + 2):
        await dog.look()
    assert len(pagerduty.keys) == 1
    assert pagerduty.keys[0].startswith("countersign-pipeline-")
    assert dog.trouble() is not None
    answers.set()
    async with asyncio.timeout(10):
        while dog.trouble() is not None:
            await dog.look()
    assert pagerduty.keys[1:] == keys
    assert reads == [True]


async def test_a_note_that_hangs_keeps_no_page_back(monkeypatch, log, pagerduty, partition):
    monkeypatch.setattr(module, "HANGS_S", 0.02)
    keys = alerts(partition, 3)
    log.show(partition)
    begun, answers = [], asyncio.Event()

    async def hanging(note):
        begun.append(note)
        await answers.wait()

    dog = Watchdog(lambda: log, pagerduty, hanging, lambda: partition.now_ms + LATE_MS)
    await dog.look()
    assert (sorted(pagerduty.keys), len(begun)) == (sorted(keys), 1)
    answers.set()
    await dog.look()
    assert {dedup_key(note.case_id) for note in begun} == set(keys)


async def test_no_page_waits_for_a_log_that_takes_no_note(log, pagerduty, partition):
    keys = alerts(partition, 3)
    log.show(partition)

    async def hanging(_note):
        await asyncio.Event().wait()

    dog = Watchdog(lambda: log, pagerduty, hanging, lambda: partition.now_ms + LATE_MS)
    looking = asyncio.create_task(dog.look())
    await asyncio.sleep(1)
    assert sorted(pagerduty.keys) == sorted(keys)
    assert not looking.done(), "the notes are still being written"
    looking.cancel()


async def test_after_a_freeze_of_the_machine_the_child_gets_time_to_page_by_itself(
    monkeypatch, log, pagerduty, notes, partition
):
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.001)
    up_ms = itertools.count(0, FROZEN_MS + 1_000)
    freezes = iter([next(up_ms), next(up_ms)])
    monkeypatch.setattr(module, "uptime_ms", lambda: next(freezes, FROZEN_MS + 1_000))
    alerts(partition, 1)
    log.show(partition)
    dog = watchdog(log, pagerduty, notes, partition)
    running = asyncio.create_task(dog.run())
    async with asyncio.timeout(10):
        while not pagerduty.sent:  # noqa: ASYNC110 - what is waited for is no event
            await asyncio.sleep(0)
        looks = dog._looks
    running.cancel()
    assert looks == GRACE_LOOKS + 1
