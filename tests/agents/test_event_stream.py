"""Events to an open page: one that is closed or loaded again ends its stream, and nothing is said about it."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, ClientTimeout, web

from agents.gateway.app import create_gateway
from agents.gateway.case_view import CaseView
from agents.gateway.deps import GatewayDeps
from agents.pages.stream import stream
from tests.support.gateway import Appended, MemoryReader, make_case


class Endless:
    """Events without an end, as fast as they are taken; `closed` says that nobody takes them any more."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()

    async def events(self) -> AsyncGenerator[bytes]:
        try:
            while True:
                yield b"data: x\n\n"
                await asyncio.sleep(0.01)
        finally:
            self.closed.set()


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    """The application as it runs outside of tests: a handler is not cancelled when its page goes."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/events"
    finally:
        await runner.cleanup()


async def open_and_cut(url: str) -> bytes:
    """Listen as a page does, then go away in the middle; the answer is the first line."""
    async with ClientSession(timeout=ClientTimeout(5)) as session:
        response = await session.get(url)
        line = await response.content.readline()
        response.close()
        return line


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_page_that_goes_ends_its_stream_and_leaves_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    endless = Endless()

    async def answer(request: web.Request) -> web.StreamResponse:
        return await stream(request, endless.events())

    app = web.Application()
    app.router.add_get("/events", answer)
    async with served(app) as url:
        assert await open_and_cut(url) == b"data: x\n"
        await asyncio.wait_for(endless.closed.wait(), 5)
        await asyncio.sleep(0.1)
    assert complaints(caplog) == []


async def test_a_console_that_was_closed_is_told_nothing_more(caplog: pytest.LogCaptureFixture) -> None:
    log = MemoryReader()
    async with served(create_gateway(GatewayDeps(view=CaseView(log), report=Appended()))) as url:
        assert await open_and_cut(url) == b"retry: 2000\n"
        for seq in range(4, 9):
            log.put(make_case(seq=seq))
            await asyncio.sleep(0.3)
    assert complaints(caplog) == []
