"""Filling: puts messages onto a log on Kafka before, or while, a benchmark runs."""

from collections.abc import Iterable
from itertools import islice

from streams.kafka.access import KafkaAccess
from streams.kafka.appender import KafkaAppender
from streams.settings.model import LogSettings
from streams.shell.message import Send

PIECE = 2_000
PIECE_OF_FRAMES = 16


async def fill(log: LogSettings, sends: Iterable[Send], piece: int = PIECE) -> tuple[int, int]:
    """Append them in order; how many they were, and the bytes of their values."""
    appender = KafkaAppender(KafkaAccess(log), log.partitions)
    waiting = iter(sends)
    messages = size = 0
    try:
        while batch := list(islice(waiting, piece)):
            await appender.append(batch)
            messages += len(batch)
            size += sum(len(send.value or b"") for send in batch)
    finally:
        await appender.close()
    return messages, size
