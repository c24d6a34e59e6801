"""Pipeline: several messages in flight, each acknowledged in order and only after what it caused is durable."""

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import NamedTuple, Self

from streams.shell.appender import Appender
from streams.shell.failpoints import failpoint, step
from streams.shell.halt import halt
from streams.shell.message import Send


class Turn(NamedTuple):
    """One handled message on its way to its acknowledgement."""

    changes: asyncio.Task[None] | None
    sends: Sequence[Send]
    acknowledge: Callable[[], object]


class _Sent(NamedTuple):
    outputs: asyncio.Task[None] | None
    acknowledge: Callable[[], object]


class Pipeline:
    """Sends and acknowledges handled messages, in the order they were handled.

    Two tasks in a row: the first sends a message's outputs once its table changes are durable, the second
    acknowledges it once its outputs are.

    Invariants: outputs of one agent leave in the order of their messages; nothing is acknowledged before
    everything up to it is durable; any failure ends the process before an acknowledgement.
    """

    def __init__(self, name: str, appender: Appender, in_flight: int) -> None:
        self._name = name
        self._appender = appender
        self._room = asyncio.Semaphore(in_flight)
        self._decided: asyncio.Queue[Turn] = asyncio.Queue()
        self._sent: asyncio.Queue[_Sent] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._send_outputs()), asyncio.create_task(self._acknowledge())]
        for task in self._tasks:
            task.add_done_callback(self._ended)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def room(self) -> None:
        """Wait until another message may be handled."""
        await self._room.acquire()

    def give_room(self) -> None:
        """The message for which there was room is not handled here."""
        self._room.release()

    def put(self, changes: Sequence[Send], sends: Sequence[Send], acknowledge: Callable[[], object]) -> None:
        """Take a handled message: start making its table changes durable, in the order of the calls."""
        pending = asyncio.create_task(self._appender.append(changes)) if changes else None
        self._decided.put_nowait(Turn(pending, sends, acknowledge))

    async def _send_outputs(self) -> None:
        while True:
            turn = await self._decided.get()
            if turn.changes is not None:
                await step("agent.changes", turn.changes)
            outputs = asyncio.create_task(self._appender.append(turn.sends)) if turn.sends else None
            self._sent.put_nowait(_Sent(outputs, turn.acknowledge))

    async def _acknowledge(self) -> None:
        while True:
            outputs, acknowledge = await self._sent.get()
            if outputs is not None:
                await step("agent.outputs", outputs)
            failpoint("agent.acknowledge.before")
            acknowledge()
            failpoint("agent.acknowledge.after")
            self._room.release()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Any failure of an append or an acknowledgement ends the process."""
        if not task.cancelled():
            halt(f"agent {self._name} could not finish a message", task.exception())
