"""The seek at the end of a recovery: within a time, or the process ends."""

import asyncio
from types import SimpleNamespace

import pytest
from faust.tables.recovery import ServiceStopped

from streams.shell import tables as module
from streams.shell.tables import Recovery
from tests.support.stock import Halted


@pytest.fixture
async def recovery(monkeypatch):
    """With a consumer whose seek ends when the test says so."""
    words = []

    def halt(what):
        words.append(what)
        raise Halted

    monkeypatch.setattr(module, "halt", halt)
    seeking = asyncio.Event()
    app = SimpleNamespace(
        consumer=SimpleNamespace(perform_seek=seeking.wait),
        conf=SimpleNamespace(broker_request_timeout=0.1, stream_recovery_delay=0.0),
        loop=asyncio.get_running_loop(),
    )
    made = Recovery(app, SimpleNamespace(beacon=None), loop=app.loop)
    made.words, made.seeking = words, seeking
    return made


async def test_a_seek_that_ends_in_time_is_no_matter(recovery):
    recovery.seeking.set()
    await recovery._seek()
    assert recovery.words == []


async def test_one_that_does_not_ends_the_process(recovery):
    with pytest.raises(Halted):
        await recovery._seek()
    assert recovery.words == ["the brokers did not say within 0.1 s how far the group has read"]


async def test_a_worker_that_leaves_meanwhile_just_leaves(recovery):
    recovery._stopped.set()
    with pytest.raises(ServiceStopped):
        await recovery._seek()
    assert recovery.words == []
