"""Life: one life of a process of ours, from its start to the signal that ends it."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

from streams.shell.halt import halt


class Life:
    """Ends by SIGTERM or SIGINT. A task that ends by an error ends the process before a wrong acknowledgement."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.ready = False
        self._tasks: set[asyncio.Task[None]] = set()

    def listen(self, leave_s: float | None = None) -> None:
        """From here on a signal sets `stop`; who has not left `leave_s` after it is ended, and all comes again."""
        loop = asyncio.get_running_loop()

        def leave() -> None:
            if leave_s is not None and not self.stop.is_set():
                loop.call_later(leave_s, halt, f"leaving took longer than {leave_s:.0f} s")
            self.stop.set()

        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, leave)

    def keep(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run beside; what ends by an error ends the process, so that whoever started it starts a whole one."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def end_tasks(self) -> None:
        """Cancel what runs beside, and wait until it is gone."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            halt(f"{task.get_name()} failed", fault)


async def within(limit_s: float, leave: Callable[[], Awaitable[object]]) -> None:
    """Give a part its time to leave; what it had in hand beyond that comes again."""
    with suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            await leave()
