"""Durable agent: the only kind of agent there is; it hands each message to a plain function."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import structlog

from streams.shell.app import DurableApp
from streams.shell.halt import halt
from streams.shell.lease import Leased
from streams.shell.message import Handler, Message, Send
from streams.shell.pipeline import Join, Pipeline
from streams.shell.table import DurableTable

_log = structlog.get_logger(__name__)


def durable_agent(
    app: DurableApp,
    *,
    name: str,
    topic: str,
    handle: Handler,
    tables: Sequence[DurableTable] = (),
    in_flight: int = 16,
    join: Join | None = None,
) -> None:
    """Register an agent that reads `topic` and may write `tables`.

    For each message: its table changes become durable, then the messages that `handle` returned are sent, all in
    one append, and once those are durable too the message is acknowledged, in the order of offsets. Up to
    `in_flight` messages are on that way at once; `join` may make fewer sends of those of several. One whose
    tables are not here is left in hand: it is read again.

    Invariant: whatever `handle` raises ends the process (exit 70) before the message is acknowledged, so it comes
    again. A tombstone is no message: it is acknowledged and passed over.
    """
    for table in tables:
        table.bind(app)

    async def agent(stream: Any) -> None:
        async with Pipeline(name, Leased(app.appender, app.lease), in_flight, join) as pipeline:
            async for event in stream.noack().events():
                await pipeline.room()
                if not all(table.holds(event.message.partition) for table in tables):
                    _log.warning("message_without_tables", agent=name, partition=event.message.partition)
                    pipeline.give_room()
                    continue
                changes, sends = _handle(name, event.message, handle, tables)
                pipeline.put(changes, sends, event.ack)

    source = app.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    app.agent(source, name=name, concurrency=1)(agent)


def _handle(
    name: str, message: Any, handle: Handler, tables: Sequence[DurableTable]
) -> tuple[list[Send], Sequence[Send]]:
    """The table changes and the sends of one message."""
    if message.value is None:
        return [], ()
    changes: list[Send] = []
    handed = Message(
        message.topic,
        message.partition,
        message.offset,
        round(message.timestamp * 1000),
        message.key,
        message.value,
    )
    try:
        with ExitStack() as turns:
            for table in tables:
                turns.enter_context(table.turn(message.partition, changes))
            sends = handle(handed)
    except BaseException as error:  # noqa: BLE001 - even an exit from inside a handler must not acknowledge
        halt(f"agent {name} failed at {message.topic}[{message.partition}] offset {message.offset}", error)
    return changes, sends
