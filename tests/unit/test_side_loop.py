"""The side loop: calls from threads end within their time, and none is left behind when it closes."""

import asyncio
import threading
import time

import pytest
from aiokafka.errors import KafkaConnectionError

from streams.kafka.side_loop import SideLoop
from streams.log.faults import LogUnusable


async def hangs():
    await asyncio.sleep(60)


async def refuses():
    raise KafkaConnectionError("nobody there")


async def answers():
    return 7


@pytest.fixture
def side():
    made = SideLoop("kafka://b1", 0.2)
    yield made
    made.close()


def test_a_call_gives_its_result_or_says_in_a_line_why_not(side):
    assert side.run("reading", answers) == 7
    with pytest.raises(LogUnusable, match=r"reading failed: KafkaConnectionError: nobody there"):
        side.run("reading", refuses)
    with pytest.raises(LogUnusable, match=r"reading had no answer in 0\.2 s"):
        side.run("reading", hangs)


@pytest.mark.filterwarnings("error")
def test_a_call_that_comes_after_the_end_is_refused_and_its_work_is_not_begun(side):
    begun = []
    side.close()
    with pytest.raises(LogUnusable, match="closed"):
        side.run("reading", lambda: begun.append(1))
    assert begun == []
    side.close()  # a second time is harmless


def test_closing_ends_a_call_under_way():
    side, ended = SideLoop("kafka://b1", 60.0), []

    def call():
        try:
            side.run("reading", hangs)
        except LogUnusable as fault:
            ended.append(str(fault))

    thread = threading.Thread(target=call)
    thread.start()
    time.sleep(0.1)
    side.close()
    thread.join(5)
    assert not thread.is_alive()
    assert ended == ["kafka://b1: reading was cut short, the connection is closed"]
