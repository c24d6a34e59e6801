"""The child's beat: it says ready only while what is written becomes durable."""

import asyncio
import os
import threading

import pytest

from agents import pipeline as module
from agents.pipeline import Pipeline
from agents.supervisor.child import READY_BEAT
from streams.embedded.ledger import Ledger
from streams.topics import plan
from tests.support.logs import open_writer


@pytest.fixture
def beats():
    """What was beaten since it was asked last, and where to beat."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)

    def since():
        try:
            return os.read(reading, 65_536)
        except BlockingIOError:
            return b""

    yield since, writing
    os.close(reading)
    os.close(writing)


async def until(since, beat):
    """Wait until nothing but this is beaten."""
    async with asyncio.timeout(10):
        while set(heard := since()) != {beat[0]}:  # noqa: ASYNC110 - a pipe has no event
            await asyncio.sleep(0.05)
    return heard


async def test_a_child_whose_disk_hangs_no_longer_says_ready(monkeypatch, tmp_path, beats):
    for name, seconds in (("BEAT_S", 0.01), ("PROVE_EVERY_S", 0.02), ("PROOF_COUNTS_S", 0.3)):
        monkeypatch.setattr(module, name, seconds)
    since, descriptor = beats
    answers, commit = threading.Event(), Ledger.commit
    answers.set()

    def hanging(ledger):
        answers.wait(20)
        commit(ledger)

    monkeypatch.setattr(Ledger, "commit", hanging)
    writer = open_writer(tmp_path / "log.db", plan=plan(1))
    pipeline = Pipeline(None, None, beat_fd=descriptor)
    pipeline._life.ready = True
    tasks = [asyncio.create_task(pipeline._beat())]
    await asyncio.sleep(0.1)
    assert set(since()) == {ord(".")}
    tasks.append(asyncio.create_task(pipeline._prove(writer)))
    await until(since, READY_BEAT)
    answers.clear()
    await until(since, b".")
    answers.set()
    await until(since, READY_BEAT)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    writer.close()
