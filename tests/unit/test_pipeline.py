"""The order in which a message's changes, outputs and acknowledgement happen."""

import asyncio

import pytest

from streams.shell import pipeline as module
from streams.shell.message import Send
from streams.shell.pipeline import Pipeline


class SlowLog:
    """An appender whose appends become durable when the test says so, in any order."""

    def __init__(self):
        self.waiting = {}
        self.durable = []

    async def append(self, sends):
        name = sends[0].value.decode()
        self.waiting[name] = asyncio.get_running_loop().create_future()
        await self.waiting[name]
        self.durable.append(name)

    def finish(self, name, error=None):
        future = self.waiting.pop(name)
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)


async def settled():
    for _ in range(10):
        await asyncio.sleep(0)


def change(name):
    return [Send("changelog", b"k", name.encode(), 0)]


async def test_outputs_wait_for_the_changes_and_the_acknowledgement_for_both():
    log, acknowledged = SlowLog(), []
    async with Pipeline("triage", log, 16) as pipeline:
        pipeline.put(change("c0"), change("o0"), lambda: acknowledged.append(0))
        await settled()
        assert list(log.waiting) == ["c0"]
        log.finish("c0")
        await settled()
        assert list(log.waiting) == ["o0"]
        assert acknowledged == []
        log.finish("o0")
        await settled()
        assert acknowledged == [0]


async def test_messages_are_acknowledged_in_order_whatever_becomes_durable_first():
    log, acknowledged = SlowLog(), []
    async with Pipeline("triage", log, 16) as pipeline:
        for number in range(3):
            pipeline.put([], change(f"o{number}"), lambda number=number: acknowledged.append(number))
        await settled()
        for name in ("o2", "o1"):
            log.finish(name)
            await settled()
        assert acknowledged == []
        log.finish("o0")
        await settled()
        assert acknowledged == [0, 1, 2]


async def test_outputs_of_a_later_message_never_overtake():
    log = SlowLog()
    async with Pipeline("triage", log, 16) as pipeline:
        pipeline.put(change("c0"), change("o0"), lambda: None)
        pipeline.put([], change("o1"), lambda: None)
        await settled()
        assert list(log.waiting) == ["c0"]
        log.finish("c0")
        await settled()
        assert list(log.waiting) == ["o0", "o1"]


async def test_no_more_messages_are_in_flight_than_allowed():
    log = SlowLog()
    async with Pipeline("triage", log, 2) as pipeline:
        for number in range(2):
            await pipeline.room()
            pipeline.put([], change(f"o{number}"), lambda: None)
        third = asyncio.ensure_future(pipeline.room())
        await settled()
        assert not third.done()
        log.finish("o0")
        await settled()
        assert third.done()


async def test_outputs_of_messages_that_became_durable_together_are_joined_and_nothing_waits_for_it():
    log, acknowledged, joins = SlowLog(), [], []

    def join(sends):
        joins.append([send.value.decode() for send in sends])
        return sends[:1]

    async with Pipeline("triage", log, 16, join) as pipeline:
        for number in range(4):
            pipeline.put(
                change(f"c{number}"), change(f"o{number}"), lambda number=number: acknowledged.append(number)
            )
        await settled()
        for name in ("c1", "c0", "c3"):
            log.finish(name)
        await settled()
        assert joins == [["o0", "o1"]]
        assert list(log.waiting) == ["c2", "o0"]
        log.finish("o0")
        await settled()
        assert acknowledged == [0, 1]
        log.finish("c2")
        await settled()
        assert joins == [["o0", "o1"], ["o2", "o3"]]
        log.finish("o2")
        await settled()
        assert acknowledged == [0, 1, 2, 3]


async def test_outputs_do_not_leave_with_those_before_them_when_their_own_changes_failed(monkeypatch):
    log, acknowledged, halts = SlowLog(), [], []
    monkeypatch.setattr(module, "halt", lambda what, error: halts.append(type(error)))
    async with Pipeline("triage", log, 16, list) as pipeline:
        for number in range(2):
            pipeline.put(
                change(f"c{number}"), change(f"o{number}"), lambda number=number: acknowledged.append(number)
            )
        await settled()
        log.finish("c1", RuntimeError())
        log.finish("c0")
        await settled()
        assert list(log.waiting) == ["o0"]
    assert acknowledged == []
    assert halts == [RuntimeError]


@pytest.mark.parametrize("fails", ["changes", "outputs", "acknowledgement"])
async def test_any_failure_halts_before_the_acknowledgement(monkeypatch, fails):
    log, acknowledged, halts = SlowLog(), [], []
    monkeypatch.setattr(module, "halt", lambda what, error: halts.append(type(error)))

    def acknowledge():
        if fails == "acknowledgement":
            raise RuntimeError
        acknowledged.append(0)

    async with Pipeline("triage", log, 16) as pipeline:
        pipeline.put(change("c0"), change("o0"), acknowledge)
        await settled()
        log.finish("c0", RuntimeError() if fails == "changes" else None)
        await settled()
        if fails != "changes":
            log.finish("o0", RuntimeError() if fails == "outputs" else None)
            await settled()
    assert acknowledged == []
    assert halts == [RuntimeError]
