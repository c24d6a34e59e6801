"""Jobs: what the writer's thread is asked to do, and how the answer gets back to who asked."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, NamedTuple, TypeVarTuple

from streams.embedded.ledger import Ledger

Args = TypeVarTuple("Args")

AnyFuture = asyncio.Future[Any] | Future[Any]
"""Whoever waits on an event loop has the one, whoever waits in a thread the other."""


class Job(NamedTuple):
    """Work staged into the group's transaction, and the future that gets its result after the commit."""

    work: Callable[[Ledger], Any]
    future: AnyFuture


class Outcome(NamedTuple):
    """A job's future with what it is to be settled with."""

    future: AnyFuture
    result: Any = None
    error: BaseException | None = None


def settle(outcomes: Iterable[Outcome]) -> None:
    """Give every future its result: at once, or on its own event loop, one hop for each loop of the group."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Outcome]] = {}
    for outcome in outcomes:
        if isinstance(outcome.future, asyncio.Future):
            by_loop.setdefault(outcome.future.get_loop(), []).append(outcome)
        else:
            _settle_all([outcome])
    for loop, group in by_loop.items():
        on_loop(loop, _settle_all, group)


def on_loop(loop: asyncio.AbstractEventLoop, call: Callable[[*Args], None], *args: *Args) -> None:
    """Call on an event loop; nobody is left to hear of it if that has ended."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(call, *args)


def _settle_all(outcomes: list[Outcome]) -> None:
    for future, result, error in outcomes:
        if future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
