"""Play: a load delivered at its pace to a product that runs, with people who answer, until all of it has ended."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby

from agents.standins.thread import StandInThread
from benchmarks.load.crowd import Crowd
from benchmarks.load.feeders import Feeder
from benchmarks.load.records import Load
from benchmarks.run.audit import Sent, mark
from streams.clock import wall_clock
from streams.records.case import ENDS
from tests.support.product import Product

TICK_S = 0.1
LEAD_S, LEAD_PER_RECORD_S = 2.0, 2e-4
"""Making the records takes its time too."""
QUIET_S = 90.0
LOOK_S = 3.0


@contextmanager
def living(hands: StandInThread, crowd: Crowd) -> Iterator[None]:
    """The people answer meanwhile."""

    async def begin() -> "asyncio.Task[None]":
        return asyncio.create_task(crowd.live())

    async def end(task: "asyncio.Task[None]") -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    task = hands.run(begin())
    try:
        yield
    finally:
        hands.run(end(task))


def play(feeder: Feeder, load: Load, seconds: int, per_s: float) -> tuple[Sent, float]:
    """Deliver everything at its time; returns what was sent, and by how much the sending ever fell behind."""
    number = round(seconds * per_s)
    start_s = time.time() + LEAD_S + number * LEAD_PER_RECORD_S
    arrivals = list(load.arrivals(number, start_ms=int(start_s * 1000), per_s=per_s))
    marks = [mark(one) for one in arrivals]
    sent = Sent({one: arrival.kind for one, arrival in zip(marks, arrivals, strict=True)}, {}, number)
    late_s = 0.0
    for tick, pairs in groupby(zip(marks, arrivals, strict=True), key=lambda pair: int(pair[1].at_s / TICK_S)):
        batch = list(pairs)
        pause_s = start_s + (tick + 1) * TICK_S - time.time()
        late_s = max(late_s, -pause_s)
        time.sleep(max(0.0, pause_s))
        now_ms = wall_clock()
        for one, _ in batch:
            sent.delivered_ms.setdefault(one, now_ms)
        feeder.deliver([arrival for _, arrival in batch])
    return sent, round(late_s, 2)


def settle(product: Product, sent: Sent) -> float:
    """Wait until every sensitive call is in a case that has ended, at most 90 s; returns how long it took."""
    began = time.monotonic()
    wanted = sum(kind != "quiet" for kind in sent.kinds.values())
    while time.monotonic() < began + QUIET_S:
        cases = product.cases().values()
        held = sum(len(case.fingerprints) // 32 for case in cases)
        if held >= wanted and all(case.state in ENDS and not case.outbox for case in cases):
            break
        time.sleep(LOOK_S)
    return round(time.monotonic() - began, 1)
