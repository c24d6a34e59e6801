"""Faust objects without a running app, to try its rules and ours side by side."""

from types import SimpleNamespace

import faust
from faust.types import TP, ConsumerMessage

CALLS = TP("calls", 0)


class Halted(BaseException):
    """Stands for the end of the process: no `except Exception` stops it."""


def app() -> faust.App:
    """A Faust app that never starts."""
    return faust.App("stock", broker="kafka://127.0.0.1:1", store="memory://", web_enabled=False)


def record(offset: int) -> SimpleNamespace:
    """A message as a driver gives it."""
    return SimpleNamespace(offset=offset)


class Bookkeeping:
    """The parts of a driver that Faust's consumer needs to keep its books."""

    def _to_message(self, tp, record):
        return ConsumerMessage(
            tp.topic, tp.partition, record.offset, 0.0, 1, None, b"k", b"v", None, tp=tp, generation_id=1
        )

    def assignment(self):
        return {CALLS}

    async def _commit(self, offsets):
        return True

    async def _getmany(self, active_partitions, timeout):  # noqa: ASYNC109 - as Faust has it
        return {}

    async def seek_to_committed(self):
        return {CALLS: self._committed_offset[CALLS] or 0}

    async def _seek(self, partition, offset):
        pass

    def _new_topicpartition(self, topic, partition):
        return TP(topic, partition)


async def ignore(*_args):
    """A callback that nobody calls."""


def consumer(kind: type, committed: int | None = None):
    """A consumer of that kind, which has committed so far."""
    stock = app()
    stock.topics._acking_topics.add("calls")
    stock._producer = SimpleNamespace()
    kind.__abstractmethods__ = frozenset()  # the rest of a driver is not needed here
    made = kind(stock.transport, ignore, ignore, ignore)
    stock._consumer = made
    made._committed_offset[CALLS] = committed
    return made


def hand_out(consumer, *offsets: int) -> dict[int, ConsumerMessage]:
    """Messages given to an agent, by offset."""
    return {offset: consumer._to_message(CALLS, record(offset)) for offset in offsets}
