"""Side loop: an event loop in a thread of its own, for calls that have to wait for it."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as NotInTime
from typing import TypeVar

from aiokafka.errors import KafkaError

from streams.log.faults import LogUnusable

T = TypeVar("T")

_CHECK = "check that the brokers run, and what [log] says of them"
_MARGIN_S = 5.0
"""What a cancelled call may take to notice."""


class SideLoop:
    """Runs coroutines to their end, one after the other, each within a time.

    Whatever a broker does to them ends in LogUnusable.
    """

    def __init__(self, name: str, timeout_s: float) -> None:
        self._name = name
        self._timeout_s = timeout_s
        self._one_at_a_time = threading.Lock()
        self._closed = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def run(self, what: str, work: Callable[[], Awaitable[T]]) -> T:
        """The result of the work; `what` is put into the fault.

        Raises:
            LogUnusable: the brokers refused, or did not answer in time; or it is closed.
        """
        with self._one_at_a_time:
            if self._closed:
                raise LogUnusable(f"{self._name}: {what} was asked of a connection that is closed")
            future = asyncio.run_coroutine_threadsafe(self._bounded(what, work), self._loop)
            try:
                return future.result(self._timeout_s + _MARGIN_S)
            except NotInTime:
                future.cancel()
                raise LogUnusable(self._silent(what)) from None
            except CancelledError:
                raise LogUnusable(f"{self._name}: {what} was cut short, the connection is closed") from None

    async def _bounded(self, what: str, work: Callable[[], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await work()  # it is bounded here, and whoever runs it kills at steps of its own
        except TimeoutError:
            raise LogUnusable(self._silent(what)) from None
        except KafkaError as error:
            raise LogUnusable(f"{self._name}: {what} failed: {words_of(error)}: {_CHECK}") from error

    def _silent(self, what: str) -> str:
        return f"{self._name}: {what} had no answer in {self._timeout_s:g} s: {_CHECK}"

    def close(self) -> None:
        """End the loop; what still runs on it is cancelled."""
        if self._loop.is_closed():
            return
        self._closed = True
        asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop).result(_MARGIN_S)
        is_idle = self._one_at_a_time.acquire(timeout=_MARGIN_S)  # of who was let in just before that
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_MARGIN_S)
        self._loop.close()
        if is_idle:
            self._one_at_a_time.release()


def words_of(error: KafkaError) -> str:
    """What happened, in one line: the fault's name and its text."""
    text = " ".join(str(error.args[0] if error.args else "").split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
