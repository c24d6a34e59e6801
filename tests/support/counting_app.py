"""A worker that counts the calls of each key exactly once, whatever comes again: for tests of failover on Kafka.

Run as `python -m tests.support.counting_app URL PARTITIONS`; prints what it is given and what is taken from it.
"""

import asyncio
import logging
import signal
import sys

from agents.logs import set_up_logs
from streams.shell.agent import durable_agent
from streams.shell.app import DurableApp, create_faust_app
from streams.shell.message import Message, Send
from streams.shell.table import DurableTable
from tests.support.shell_app import say


def counted(entry: bytes | None, offset: int) -> bytes:
    """The entry `COUNT OFFSET` after the call at this offset, which may have been counted before."""
    count, last = map(int, (entry or b"0 -1").split())
    return entry if entry is not None and offset <= last else b"%d %d" % (count + 1, offset)


def counting_app(url: str, partitions: int) -> DurableApp:
    """Counts in the table `seen`, sends each new count to `verdicts`."""
    app = create_faust_app(url, partitions=partitions, writer=None)
    seen = DurableTable("seen")

    def assigned(partition, entries):
        say(assigned=partition, epoch=seen._table.epoch(partition), entries=len(entries))

    def handle(message: Message) -> list[Send]:
        held = seen.entries(message.partition).get(message.key)
        entry = counted(held, message.offset)
        if entry != held:
            seen.put(message.key, entry)
        say(handled=message.offset, partition=message.partition)
        return [Send("verdicts", message.key, entry, message.partition)]

    seen.on_assigned(assigned)
    seen.on_revoked(lambda partition: say(revoked=partition))
    durable_agent(app, name="triage", topic="calls", handle=handle, tables=[seen])
    return app


async def main(url: str, partitions: int) -> None:
    """Runs until SIGTERM."""
    set_up_logs()  # its standard output is read line by line
    app = counting_app(url, partitions)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await app.start()
    await stopping.wait()
    await app.stop()
    await app.appender.close()
    say(stopped=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
