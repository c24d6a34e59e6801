"""A feed from a list, a log that remembers, and what the bridge wrote into it."""

import asyncio
from collections.abc import Sequence

from streams.bridge.binding import Binding
from streams.bridge.bridge import Bridge
from streams.bridge.sifter import Wanted
from streams.feeds.feed import Batch, Delivery
from streams.records.call import CallFrame
from streams.records.call_frame import call_message
from streams.records.codec import from_wire
from streams.records.command import CommandFrame, Incident
from streams.records.dead_letter import DeadLetter
from streams.records.intake import Intake
from streams.shell.message import Send
from streams.topics import Topic
from tests.support import cloudtrail as ct

NOW_MS = 1_767_323_045_000
PARTITIONS = 8


class ListFeed:
    """Delivers its batches once, and remembers which it was told to forget, and what the log held by then."""

    backfill = False

    def __init__(self, batches: Sequence[Batch], log: "MemoryLog", binding: Binding | None = None):
        self.name = "queue"
        self.binding = binding or Binding()
        self.forgotten: list[tuple[Batch, int]] = []
        self.told = asyncio.Event()
        self._batches = batches
        self._log = log

    async def batches(self):
        for batch in self._batches:
            yield batch

    async def done(self, batch: Batch) -> None:
        self.forgotten.append((batch, len(self._log.appends)))
        self.told.set()


class MemoryLog:
    """An appender whose appends can be read back; it fails when it is told to."""

    def __init__(self) -> None:
        self.appends: list[list[Send]] = []
        self.fails = False

    async def append(self, sends: Sequence[Send]) -> None:
        await asyncio.sleep(0)
        if self.fails:
            raise OSError("the disk is full")
        self.appends.append(list(sends))

    def sends(self, topic: Topic) -> list[Send]:
        return [send for sends in self.appends for send in sends if send.topic == topic]

    def frames(self) -> list[tuple[int, CallFrame]]:
        frames = [(send.partition, call_message(send.value)) for send in self.sends(Topic.CALLS)]
        assert all(isinstance(frame, CallFrame) for _, frame in frames)
        return frames

    def records(self) -> list[bytes]:
        return [bytes(call.record) for _, frame in self.frames() for call in frame.calls]

    def dead_letters(self) -> list[DeadLetter]:
        return [from_wire(DeadLetter, send.value) for send in self.sends(Topic.DEAD_LETTERS)]

    def incidents(self) -> list[Incident]:
        frames = [from_wire(CommandFrame, send.value) for send in self.sends(Topic.COMMANDS)]
        return [command for frame in frames for command in frame.commands]

    def counts(self) -> dict[str, int]:
        total: dict[str, int] = {}
        for send in self.sends(Topic.INTAKE):
            for outcome, count in from_wire(Intake, send.value).counts.items():
                total[outcome] = total.get(outcome, 0) + count
        return total


def sensitive(source: str, name: str) -> str | None:
    return {("cloudtrail.amazonaws.com", "StopLogging"): "alert"}.get((source, name))


WANTED = Wanted(lambda fields: fields["eventName"] != "DescribeTrails", sensitive, "rules-1")


def deliveries(*bodies: bytes) -> Batch:
    return Batch([Delivery(body, f"m{index}") for index, body in enumerate(bodies)])


async def carry(*batches: Batch, binding: Binding | None = None, wanted: Wanted = WANTED):
    """Run a bridge until its feed ends."""
    log = MemoryLog()
    feed = ListFeed(batches, log, binding)
    await Bridge(feed, log, lambda: NOW_MS, wanted, partitions=PARTITIONS).run(asyncio.Event())
    return feed, log


BOUND = Binding(topics={ct.TOPIC: ct.ACCOUNT})
