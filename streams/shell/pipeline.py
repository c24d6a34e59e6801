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
    acknowledge: Sequence[Callable[[], object]]


Join = Callable[[Sequence[Send]], Sequence[Send]]
"""Makes fewer messages of the outputs of several, in their order; what they say stays the same."""


class Pipeline:
    """Sends and acknowledges handled messages, in the order they were handled.

    Two tasks in a row: the first sends a message's outputs once its table changes are durable, the second
    acknowledges it once its outputs are. With a `join`, the outputs of messages whose changes became durable
    together leave together: nothing waits for it, and under load whoever reads them has fewer to handle.

    Invariants: outputs of one agent leave in the order of their messages; nothing is acknowledged before
    everything up to it is durable; any failure ends the process before an acknowledgement.
    """

    def __init__(self, name: str, appender: Appender, in_flight: int, join: Join | None = None) -> None:
        self._name = name
        self._join = join
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
        following: Turn | None = None
        while True:
            turn = following or await self._decided.get()
            if turn.changes is not None:
                await step("agent.changes", turn.changes)
            turns, following = self._with_it(turn)
            sends = turn.sends
            if self._join is not None and len(turns) > 1:
                sends = self._join([send for one in turns for send in one.sends])
            outputs = asyncio.create_task(self._appender.append(sends)) if sends else None
            self._sent.put_nowait(_Sent(outputs, [one.acknowledge for one in turns]))

    def _with_it(self, turn: Turn) -> tuple[list[Turn], Turn | None]:
        """The turns whose outputs may leave with those of this one, and the first one that may not yet."""
        turns = [turn]
        while self._join is not None and not self._decided.empty():
            following = self._decided.get_nowait()
            if following.changes is not None and not _is_durable(following.changes):
                return turns, following
            turns.append(following)
        return turns, None

    async def _acknowledge(self) -> None:
        while True:
            outputs, acknowledgements = await self._sent.get()
            if outputs is not None:
                await step("agent.outputs", outputs)
            for acknowledge in acknowledgements:
                failpoint("agent.acknowledge.before")
                acknowledge()
                failpoint("agent.acknowledge.after")
                self._room.release()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Any failure of an append or an acknowledgement ends the process."""
        if not task.cancelled():
            halt(f"agent {self._name} could not finish a message", task.exception())


def _is_durable(changes: asyncio.Task[None]) -> bool:
    """One that failed is not: it is awaited in its turn, and ends the process."""
    return changes.done() and not changes.cancelled() and changes.exception() is None
