"""Life: which of the simulated workers a task belongs to, and where one may die."""

import asyncio
from contextvars import ContextVar
from typing import Any, NoReturn

LIFE: ContextVar[Any] = ContextVar("life", default=None)
AGENT: ContextVar[str] = ContextVar("agent", default="-")


async def enter() -> None:
    """Before anything leaves a process: a dead one gets no further, a sleeping one waits."""
    life = LIFE.get()
    if life is not None:
        await life.awake()


def failpoint(name: str) -> None:
    """In the place of the product's failpoint: the schedule says who dies here."""
    life = LIFE.get()
    if life is None:
        return
    if life.dead:
        raise asyncio.CancelledError
    life.world.passed(life, AGENT.get(), name)
    if life.dead:
        raise asyncio.CancelledError


def halt(what: str, error: BaseException | None = None) -> NoReturn:
    """In the place of the product's halt: this worker is gone, the simulation goes on."""
    life = LIFE.get()
    if not life.dead:
        life.world.halted(life, what, error)
        life.die(f"halt: {what}")
    raise asyncio.CancelledError
