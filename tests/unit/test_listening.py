"""The gateway's address: what cannot be had is named by its setting, before a run and by doctor."""

import errno
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from agents.cli.errors import _where
from agents.doctor.inputs import check_gateway
from agents.gateway.listening import AddressRefused, listening, try_address
from streams.settings.model import GatewaySettings
from streams.shell.failpoints import step


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen(1)
        yield held.getsockname()[1]


def test_an_address_that_is_taken_names_the_setting(taken: int):
    with pytest.raises(AddressRefused, match=rf"gateway\.listen 127\.0\.0\.1:{taken} is taken"):
        try_address("127.0.0.1", taken)


@pytest.mark.parametrize(
    ("number", "told"),
    [(errno.EACCES, "a port below 1024 is for root alone"), (errno.EADDRNOTAVAIL, "cannot be used")],
)
def test_any_other_refusal_is_told_too(number: int, told: str):
    with pytest.raises(AddressRefused, match=told), listening("::1", 80):
        raise OSError(number, os.strerror(number))


def test_doctor_finds_a_taken_port_and_leaves_a_free_one_free(taken: int):
    row = check_gateway(GatewaySettings(listen=f"127.0.0.1:{taken}"))
    assert row.ok is False
    assert "is taken" in row.detail
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    assert check_gateway(GatewaySettings(listen=f"127.0.0.1:{free}")).ok is True
    try_address("127.0.0.1", free)


class Gateway(BaseHTTPRequestHandler):
    """Answers the probe as ours does."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "ok"}')

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class named it
        """Quiet."""


def test_a_pipeline_that_runs_already_is_well():
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        row = check_gateway(GatewaySettings(listen=f"127.0.0.1:{server.server_port}"))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert row.ok is True
    assert "served by a running pipeline" in row.detail


async def test_the_line_that_waited_through_a_failpoint_is_blamed_and_not_the_failpoint():
    async def broken() -> None:
        await step("x", step("y", _raise()))

    with pytest.raises(OSError, match="full") as caught:
        await broken()
    assert "failpoints.py" not in _where(caught.value)


async def _raise() -> None:
    raise OSError(errno.ENOSPC, "full")
