"""Log: what a role holds open of a log on Kafka, given back when it leaves."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from agents.roles.role import Run
from streams.log.faults import LogFailed
from streams.log.offsets import OpenOffsets
from streams.log.opening import OpenAppender, open_kafka_appender, open_kafka_offsets, open_log_reader
from streams.log.reader import OpenLog
from streams.shell.appender import Appender
from streams.shell.failpoints import step
from streams.shell.halt import halt
from streams.shell.message import Send

T = TypeVar("T")


class EndingAppender:
    """An appender whose failure ends the process: nothing may be put behind a gap that nobody knows of."""

    def __init__(self, appender: OpenAppender) -> None:
        self._appender = appender

    async def append(self, sends: Sequence[Send]) -> None:
        """Durable on return.

        Raises:
            LogUnusable: the log does not answer, and nothing was sent.
        """
        try:
            await step("role.append", self._appender.append(sends))
        except LogFailed as fault:
            halt("an append failed", fault)


async def open_appender(run: Run) -> Appender:
    """An appender for as long as the role lives."""
    appender = open_kafka_appender(run.settings.log)
    run.leaving.push_async_callback(appender.close)
    await step("role.appender", appender.start())
    return EndingAppender(appender)


async def open_reader(run: Run) -> OpenLog:
    """A reader that is closed when the role leaves."""
    reader = await step("role.reader", asyncio.to_thread(open_log_reader, run.settings.log))
    run.leaving.push_async_callback(asyncio.to_thread, reader.close)
    return reader


async def read_log(run: Run, work: Callable[[OpenLog], T]) -> T:
    """What one reading of the log gives."""

    def read() -> T:
        with open_log_reader(run.settings.log) as reader:
            return work(reader)

    return await step("role.read", asyncio.to_thread(read))


def open_offsets(run: Run) -> OpenOffsets:
    """Where the archivist keeps how far it has come; closed when the role leaves."""
    offsets = open_kafka_offsets(run.settings.log)
    run.leaving.push_async_callback(offsets.close)
    return offsets
