"""A small durable app as a process of its own: keeps the last value of each key, copies every call to verdicts.

Run as `python -m tests.support.shell_app LOG [PARTITIONS]`, where LOG is a file or a `kafka://` URL. It prints
what it was given on assignment and ends on SIGTERM. A call's value says what the handler does: `remove`, `poison`,
or anything else, which it stores.
"""

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path

from agents.logs import set_up_logs
from streams.shell.agent import durable_agent
from streams.shell.app import create_faust_app
from streams.shell.message import Send
from streams.shell.table import DurableTable
from tests.support.logs import open_writer


def say(**what):
    """One line for the test to read."""
    print(json.dumps(what), flush=True)


async def main(log: Path | str, partitions: int = 4) -> None:
    """Runs the app until SIGTERM."""
    set_up_logs()  # its standard output is read line by line
    url = str(log) if str(log).startswith("kafka://") else f"sqlite:///{log}"
    writer = None if url.startswith("kafka://") else open_writer(Path(log))
    app = create_faust_app(url, partitions=partitions, writer=writer)
    seen = DurableTable("seen")

    def assigned(partition, entries):
        say(assigned=partition, entries={key.decode(): value.decode() for key, value in sorted(entries.items())})

    def revoked(partition):
        say(revoked=partition)

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
    seen.on_revoked(revoked)
    durable_agent(app, name="triage", topic="calls", handle=handle, tables=[seen])
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await app.start()
    await stopping.wait()
    await app.stop()
    if writer is None:
        await app.appender.close()
    else:
        writer.close()
    say(stopped=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:])))
