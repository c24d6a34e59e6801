"""Effect tasks: I/O beside the stream. An effect agent acknowledges at once and does its work here."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec
import structlog

from streams.clock import Clock
from streams.records.codec import to_wire
from streams.records.command import Command, EffectFailed
from streams.records.dead_letter import DeadLetter
from streams.shell.failpoints import step
from streams.shell.message import Message, Send
from streams.topics import Topic

Report = Callable[[int, str, Command], Awaitable[None]]
"""Appends a command durably to `commands`: (partition, actor_key, command)."""

Work = Callable[[], Awaitable[Sequence[Command]]]
T = TypeVar("T")
log = structlog.get_logger(__name__)

HELD = 2_000  # tasks at most; what is turned away is emitted again by its case
REMEMBERED = 10_000
REPORT_TRIES = 3
REPORT_WAIT_S = 0.1
LAST_WORDS_S = 5.0
"""How long a stop waits for what must be told."""
BODY_BYTES = 65_536


class EffectTasks:
    """At most `width` effects of one agent at a time; an effect that is in hand is not begun again.

    An effect that came to its end is remembered: when it is emitted again, because its report was lost, the
    same report is made again and nothing is done outside. A failure that is not final is no end.

    `must_tell`: what is begun is brought to its end, for nobody else can tell what came of it.
    """

    def __init__(self, name: str, report: Report, *, width: int, must_tell: bool = False) -> None:
        self._name = name
        self._must_tell = must_tell
        self._report = report
        self._room = asyncio.Semaphore(width)
        self._in_hand: dict[str, asyncio.Task[None]] = {}
        self._places: dict[str, int] = {}
        self._ended: OrderedDict[str, Sequence[Command]] = OrderedDict()
        self._begun: OrderedDict[str, None] = OrderedDict()

    def begun(self, effect_id: str) -> bool:
        """Whether this process has begun that effect before."""
        return effect_id in self._begun

    def begin(self, effect_id: str, partition: int, actor_key: str, work: Work) -> None:
        """Start an effect's work, or report its end again, or ignore it while it is in hand."""
        if effect_id in self._in_hand:
            return
        if len(self._in_hand) >= HELD:
            log.warning("effect_turned_away", agent=self._name, effect=effect_id)
            return
        ended = self._ended.get(effect_id)
        task = asyncio.create_task(
            self._run(effect_id, partition, actor_key, work if ended is None else _again(ended)),
            name=f"{self._name}:{effect_id}",
        )
        self._in_hand[effect_id] = task
        self._places[effect_id] = partition
        task.add_done_callback(lambda _: self._forget(effect_id))

    def drop(self, partition: int) -> None:
        """Give up what is in hand of a partition that another worker has now: its case emits it again there."""
        if self._must_tell:
            return
        for effect_id, task in self._in_hand.items():
            if self._places[effect_id] == partition:
                task.cancel()

    async def stop(self) -> None:
        """Drop what is in hand: it is emitted again by its case."""
        tasks = list(self._in_hand.values())
        if tasks and self._must_tell:
            await asyncio.wait(tasks, timeout=LAST_WORDS_S)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def idle(self) -> None:
        """Wait until nothing is in hand."""
        while self._in_hand:
            await asyncio.wait(list(self._in_hand.values()))

    def _forget(self, effect_id: str) -> None:
        self._in_hand.pop(effect_id, None)
        self._places.pop(effect_id, None)

    async def _run(self, effect_id: str, partition: int, actor_key: str, work: Work) -> None:
        try:
            async with self._room:
                _remember(self._begun, effect_id, None)
                commands = await work()
                if all(map(_ends, commands)):
                    _remember(self._ended, effect_id, commands)
            for command in commands:
                await self._tell(partition, actor_key, command)
        except Exception:  # one effect must not take its agent down; its case emits it again
            log.exception("effect_broke", agent=self._name, effect=effect_id)

    async def _tell(self, partition: int, actor_key: str, command: Command) -> None:
        for tried in range(1, REPORT_TRIES + 1):
            try:
                await step("effect.report", self._report(partition, actor_key, command))
            except Exception:  # whatever the log raises: a few more tries, then the case's own repeat
                if tried == REPORT_TRIES:
                    raise
                await asyncio.sleep(REPORT_WAIT_S * 2**tried)
            else:
                return


def _ends(command: Command) -> bool:
    return not isinstance(command, EffectFailed) or command.final


def _again(commands: Sequence[Command]) -> Work:
    async def work() -> Sequence[Command]:
        return commands

    return work


def _remember(memory: OrderedDict[str, T], effect_id: str, value: T) -> None:
    memory[effect_id] = value
    memory.move_to_end(effect_id)
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)


def read_effect(decoder: msgspec.json.Decoder[T], message: Message, clock: Clock) -> T | Send:
    """The effect in a message, or the dead letter of one that cannot be read: it must not stop its partition."""
    try:
        return decoder.decode(message.value)
    except msgspec.DecodeError as error:
        letter = DeadLetter(
            at_ms=clock(),
            stage=message.topic,
            reason="undecodable_effect",
            detail=str(error)[:500],
            feed=message.topic,
            position=f"{message.partition}:{message.offset}",
            body=message.value[:BODY_BYTES],
        )
        return Send(Topic.DEAD_LETTERS, message.topic.encode(), to_wire(letter))
