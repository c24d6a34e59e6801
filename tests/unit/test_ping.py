"""The dead man's switch: it is called while all is well, and nothing it meets is fatal."""

import asyncio
import socket

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from agents.supervisor.ping import Ping
from tests.support.product import free_port


@pytest.fixture
async def service():
    """Hears the calls; `status` is what it answers."""

    class Service:
        calls = 0
        status = 200

    async def hear(_request):
        Service.calls += 1
        return web.Response(status=Service.status)

    app = web.Application()
    app.router.add_get("/secret-path", hear)
    server = TestServer(app)
    await server.start_server()
    Service.url = str(server.make_url("/secret-path"))
    yield Service
    await server.close()


async def test_it_calls_while_all_is_well_and_is_silent_otherwise(service):
    well = True
    running = asyncio.create_task(Ping(service.url, 0.01, lambda: well).run())
    async with asyncio.timeout(5):
        while service.calls < 3:  # noqa: ASYNC110 - it waits for the service
            await asyncio.sleep(0.01)
    well = False
    await asyncio.sleep(0.1)
    silent_since = service.calls
    await asyncio.sleep(0.1)
    assert service.calls == silent_since
    running.cancel()


@pytest.mark.parametrize("status", [301, 404, 500])
async def test_a_call_that_is_not_taken_is_told_and_the_next_one_follows(service, status):
    service.status = status
    ping = Ping(service.url, 60, lambda: True)
    with capture_logs() as told:
        assert not await ping.call()
    assert told == [{"event": "ping_refused", "log_level": "warning", "status": status}]
    service.status = 204
    assert await ping.call()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "gaierror: Name or service not known"),
        (TimeoutError(), "TimeoutError"),
        (ValueError("https://ping.example.com/secret-path"), "ValueError"),
    ],
)
async def test_a_fault_is_told_in_the_systems_words_and_never_in_its_own(monkeypatch, fault, words):
    async def fails(_self):
        raise fault

    monkeypatch.setattr(Ping, "_get", fails)
    with capture_logs() as told:
        assert not await Ping("http://127.0.0.1/secret-path", 60, lambda: True).call()
    assert told[0]["fault"] == words


async def test_a_service_that_is_away_is_told_without_its_url(service):
    with capture_logs() as told:
        assert not await Ping(f"http://127.0.0.1:{free_port()}/secret-path", 60, lambda: True).call()
    assert [event["event"] for event in told] == ["ping_failed"]
    assert "Connection refused" in told[0]["fault"]
    assert "secret-path" not in str(told)
