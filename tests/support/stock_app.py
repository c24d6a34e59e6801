"""A stock Faust worker, as its tutorial would have it, to show on a real Kafka what it loses.

Run as `python -m tests.support.stock_app HOST KIND`; prints what it handles; ends by SIGTERM or SIGKILL.
Kinds: `bytes` stores what it reads and raises on `poison`; `numbers` reads JSON; `dicts` keeps a table of dicts;
`replies` yields what it reads.
"""

import asyncio
import logging
import signal
import sys
from typing import Any

import faust

from tests.support.shell_app import say

GROUP = "stock"
CHANGELOG = f"{GROUP}-seen-changelog"


def stock_app(host: str) -> faust.App:
    """Faust's defaults, but no web server and no declaring of topics."""
    return faust.App(
        GROUP,
        broker=f"kafka://{host}",
        store="memory://",
        topic_partitions=1,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        worker_redirect_stdouts=False,
        broker_session_timeout=10.0,
        broker_commit_interval=0.5,
    )


def register(app: faust.App, kind: str) -> None:
    """The one agent of this kind."""
    if kind == "numbers":
        table = None
        topic = app.topic("calls", value_type=int)
    else:
        topic = app.topic("calls", key_type=bytes, value_type=bytes, value_serializer="raw", key_serializer="raw")
        kept = dict if kind == "dicts" else bytes
        table = None if kind == "replies" else app.Table("seen", key_type=bytes, value_type=kept)

    async def handle(stream: Any) -> None:
        async for event in stream.events():
            say(offset=event.message.offset)
            if event.value == b"poison":
                raise ValueError
            if table is not None:
                table[event.key] = {"value": event.value.decode()} if kind == "dicts" else event.value
            say(handled=event.message.offset)

    async def reply(stream: Any) -> Any:
        async for value in stream:
            yield value
            say(handled=0)

    app.agent(topic, name="stock")(reply if kind == "replies" else handle)
    if table is not None:
        table.on_recover(lambda: _say_recovered(table))


async def _say_recovered(table: Any) -> None:
    say(recovered=sorted(key.decode() for key in table.data))


async def main(host: str, kind: str) -> None:
    """Runs until SIGTERM."""
    app = stock_app(host)
    register(app, kind)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await app.start()
    say(started=True)
    await stopping.wait()
    await app.stop()
    say(stopped=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(*sys.argv[1:]))
