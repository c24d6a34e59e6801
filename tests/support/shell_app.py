"""A small durable app as a process of its own: keeps the last value of each key, copies every call to verdicts.

Run as `python -m tests.support.shell_app LOG`; prints what it was given on assignment; ends on SIGTERM.
A call's value says what the handler does: `remove`, `poison`, `no handler`, or anything else, which it stores.
"""

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path

from streams.shell.agent import durable_agent
from streams.shell.app import create_faust_app
from streams.shell.message import Send
from streams.shell.table import DurableTable
from tests.support.logs import open_writer


def say(**what):
    """One line for the test to read."""
    print(json.dumps(what), flush=True)


async def main(path: Path) -> None:
    """Runs the app until SIGTERM."""
    writer = open_writer(path)
    app = create_faust_app(f"sqlite:///{path}", partitions=4, writer=writer)
    seen = DurableTable("seen")

    def assigned(partition, entries):
        say(assigned=partition, entries={key.decode(): value.decode() for key, value in sorted(entries.items())})

    def handle(message):
        if message.value == b"poison":
            raise ValueError("secret words of a record")
        if message.value == b"remove":
            seen.remove(message.key)
        else:
            seen.put(message.key, message.value)
        say(handled=message.offset, partition=message.partition, at_ms=message.timestamp_ms)
        return [Send("verdicts", message.key, b"%d" % message.offset, message.partition)]

    seen.on_assigned(assigned)
    durable_agent(app, name="triage", topic="calls", handle=handle, tables=[seen])
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await app.start()
    await stopping.wait()
    await app.stop()
    writer.close()
    say(stopped=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(Path(sys.argv[1])))
