"""Run: play seeds, one after the other, in virtual time."""

import asyncio
import contextlib
import contextvars
import gc
import inspect
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple
from unittest.mock import patch

import structlog

from tests.simulation import life
from tests.simulation.checks import check
from tests.simulation.loop import Stuck, VirtualLoop
from tests.simulation.schedule import draw
from tests.simulation.trace import trace
from tests.simulation.world import World

TICK_S = 1.0
"""The timers look less often than in the product, for speed; bounds allow for it."""


class Played(NamedTuple):
    """What became of one seed."""

    seed: int
    findings: list[str]
    cover: Counter[tuple[str, str]]
    trace: list[str]


class _Now:
    """The world that is being played, for what the product finds by itself."""

    world: World | None = None


def _uptime_ms() -> int:
    assert _Now.world is not None
    return _Now.world.now_ms()


def _told(_logger: Any, method: str, event: dict[str, Any]) -> Any:
    """The product's own log lines go into the trace."""
    world = _Now.world
    if world is not None:
        who = life.LIFE.get()
        name = who.name if who is not None else "-"
        world.note(f"{name} logs {event}")
        if event.get("event") == "effect_broke" and not (who is not None and who.dead):
            world.broke(event)
    raise structlog.DropEvent


def _unraisable(told: Any) -> None:
    """A coroutine whose caller died first could not even be warned of; all else is told as ever."""
    if not inspect.iscoroutine(told.object):
        sys.__unraisablehook__(told)


@contextlib.contextmanager
def rigged() -> Iterator[None]:
    """The product with the simulation's clock, deaths and log lines in the place of its own."""
    before = structlog.get_config()
    structlog.configure(processors=[_told], cache_logger_on_first_use=False)
    with contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.filterwarnings("ignore", "coroutine .* was never awaited")  # its caller died first
        stack.enter_context(patch("sys.unraisablehook", _unraisable))
        for target, value in (
            ("streams.shell.failpoints.failpoint", life.failpoint),
            ("streams.shell.failpoints._ARMED", object()),
            ("streams.shell.pipeline.failpoint", life.failpoint),
            ("streams.shell.pipeline.halt", life.halt),
            ("streams.shell.agent.halt", life.halt),
            ("streams.shell.lease.halt", life.halt),
            ("streams.shell.lease.uptime_ms", _uptime_ms),
            ("agents.timers.TICK_S", TICK_S),
        ):
            stack.enter_context(patch(target, value))
        try:
            yield
        finally:
            gc.collect()  # what died in circles is told of here, where nobody listens
            structlog.configure(**before)


def play(seed: int, *, traced: bool = False) -> Played:
    """Play one seed and judge it, inside `rigged`; without findings it is traced only where that is asked for."""
    loop = VirtualLoop()
    loop.set_task_factory(_task)
    world = _Now.world = World(draw(seed), loop)
    loop.set_exception_handler(lambda _loop, told: _handled(world, told))
    try:
        loop.run_until_complete(world.run())
    except Stuck as stuck:
        world.findings.append(str(stuck))
    finally:
        world.over = True
        _end(loop)
        _Now.world = None
    findings = [*world.findings, *check(world)]
    return Played(seed, findings, world.cover, trace(world, findings) if findings or traced else [])


def _task(loop: Any, coro: Any, context: contextvars.Context | None = None) -> Any:
    """Every task knows its life, so that it dies with it."""
    task = asyncio.Task(coro, loop=loop, context=context)
    owner = life.LIFE.get() if context is None else context.get(life.LIFE)
    if owner is not None:
        owner.tasks[task] = None
        task.add_done_callback(lambda done: owner.tasks.pop(done, None))
        if owner.dead:
            task.cancel()
    return task


def _handled(world: World, told: dict[str, Any]) -> None:
    error = told.get("exception")
    if isinstance(error, asyncio.CancelledError) or world.over:
        return
    if type(error).__name__ in {"LogUnusable", "ConnectionRefusedError"}:
        return  # of a task whose owner died before it looked
    world.findings.append(f"unhandled: {told.get('message')}: {error!r}")


def _end(loop: VirtualLoop) -> None:
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    with contextlib.suppress(Stuck):
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
