"""The appender for Kafka: what it does where one message of an append is refused before another is accepted."""

import asyncio

import pytest
from aiokafka.errors import TopicAuthorizationFailedError

from streams.kafka.access import KafkaAccess
from streams.kafka.appender import KafkaAppender
from streams.log.faults import LogFailed
from streams.settings.model import LogSettings
from streams.shell.message import Send


class Producer:
    """Takes every message; what becomes of it is told by hand."""

    def __init__(self) -> None:
        self.sent: dict[str, asyncio.Future[None]] = {}

    async def send(self, topic, *_message) -> "asyncio.Future[None]":
        self.sent[topic] = asyncio.get_running_loop().create_future()
        return self.sent[topic]


def appender() -> tuple[KafkaAppender, Producer]:
    made = KafkaAppender(KafkaAccess(LogSettings(url="kafka://127.0.0.1:1")), 4, timeout_s=5)
    made._producer = producer = Producer()
    return made, producer


async def test_an_append_ends_with_the_first_failure_while_others_are_still_out():
    made, producer = appender()
    appending = asyncio.ensure_future(made.append([Send("slow", b"k", b"1"), Send("refused", b"k", b"2")]))
    await asyncio.sleep(0.01)
    producer.sent["refused"].set_exception(TopicAuthorizationFailedError("refused"))
    with pytest.raises(LogFailed) as failed:
        await asyncio.wait_for(appending, 1)
    assert isinstance(failed.value.__cause__, TopicAuthorizationFailedError)
    with pytest.raises(LogFailed):
        await made.append([Send("other", b"k", b"3")])
    assert "other" not in producer.sent


async def test_an_append_ends_once_all_of_it_is_accepted():
    made, producer = appender()
    appending = asyncio.ensure_future(made.append([Send("one", b"k", b"1"), Send("two", b"k", b"2")]))
    await asyncio.sleep(0.01)
    producer.sent["two"].set_result(None)
    await asyncio.sleep(0.01)
    assert not appending.done()
    producer.sent["one"].set_result(None)
    await asyncio.wait_for(appending, 1)
