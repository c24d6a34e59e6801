"""Reporting: how everyone beside the cases tells them something: by a command on the log."""

from collections.abc import Awaitable, Callable

from streams.records.codec import to_wire
from streams.records.command import Command, CommandFrame
from streams.shell.appender import Appender
from streams.shell.failpoints import step
from streams.shell.message import Send
from streams.topics import Topic

Report = Callable[[int, str, Command], Awaitable[None]]
"""Appends a command durably: (partition of `commands`, actor key, command)."""


def reporter(appender: Appender) -> Report:
    """What effect agents, the gateway and the watchdog tell the cases with."""

    async def report(partition: int, actor_key: str, command: Command) -> None:
        send = Send(Topic.COMMANDS, actor_key.encode(), to_wire(CommandFrame([command])), partition)
        await step("report.append", appender.append([send]))

    return report
