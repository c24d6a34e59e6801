"""Begun: a coroutine that runs at once, and waits in whatever task awaits it."""

import asyncio

import pytest

from streams.shell.begun import Begun


async def test_one_that_never_waits_is_done_before_anybody_awaits_it():
    told = []

    async def hand() -> None:
        told.append("handed")

    begun = Begun(hand())
    assert (begun.done, told) == (True, ["handed"])
    await begun


async def test_one_that_waits_goes_on_where_it_stood():
    event, told = asyncio.Event(), []

    async def hand() -> None:
        told.append("begun")
        await event.wait()
        await asyncio.sleep(0)
        told.append("handed")

    begun = Begun(hand())
    assert (begun.done, told) == (False, ["begun"])
    waiting = asyncio.ensure_future(begun)
    await asyncio.sleep(0)
    event.set()
    await waiting
    assert (begun.done, told) == (True, ["begun", "handed"])


async def test_a_cancellation_is_the_coroutines_own_to_take():
    told = []

    async def hand() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            told.append("cleaned up")

    waiting = asyncio.ensure_future(Begun(hand()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert told == ["cleaned up"]


async def test_what_it_raises_is_raised_at_once_or_where_it_is_awaited():
    async def at_once() -> None:
        raise ValueError("now")

    async def later() -> None:
        await asyncio.sleep(0)
        raise ValueError("later")

    with pytest.raises(ValueError, match="now"):
        Begun(at_once())
    with pytest.raises(ValueError, match="later"):
        await Begun(later())
