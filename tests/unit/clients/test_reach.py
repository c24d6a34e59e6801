"""Reach: why a service was not reached, in words that name no class of any library."""

import errno
import os
import random
import re
import socket
import ssl
from collections.abc import Iterator

import aiohttp
import pytest

from agents.clients.duo import DuoClient
from agents.clients.outcome import Outcome, Standing, by_fault, in_words
from agents.clients.pagerduty import PagerDutyClient
from agents.clients.patience import Patience
from agents.clients.reach import Reach, reach_of
from agents.clients.slack import SlackClient

ONCE = Patience(attempts=1)


@pytest.fixture
def closed() -> Iterator[int]:
    """A port on which nobody listens: it is held, so that nobody else takes it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def caused(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "reach"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed"), Reach.REFUSED),
        (OSError("Multiple exceptions: [Errno 111] a, [Errno 111] b"), Reach.REFUSED),
        (socket.gaierror(-2, "Name or service not known"), Reach.HOST_NOT_FOUND),
        (caused(RuntimeError("wrapped"), socket.gaierror(-2, "unknown")), Reach.HOST_NOT_FOUND),
        (OSError(errno.EHOSTUNREACH, os.strerror(errno.EHOSTUNREACH)), Reach.NO_ROUTE),
        (ssl.SSLCertVerificationError(1, "self-signed"), Reach.UNTRUSTED),
        (ssl.SSLError(1, "wrong version number"), Reach.TLS_FAILED),
        (TimeoutError(), Reach.TIMEOUT),
        (aiohttp.ServerDisconnectedError(), Reach.CUT),
        (ConnectionResetError(errno.ECONNRESET, "reset"), Reach.CUT),
        (ValueError("something else"), None),
    ],
)
def test_what_stood_in_the_way_is_found_below_the_wrappings(error: BaseException, reach: Reach | None):
    assert reach_of(error) is reach


async def test_every_client_says_the_same_of_a_closed_port(closed: int):
    rng, plain = random.Random(1), f"http://127.0.0.1:{closed}"
    slack = SlackClient(api_url=f"{plain}/", bot_token="xoxb-1", rng=rng, patience=ONCE)
    duo = DuoClient(api_url=plain, integration_key="DI", secret_key="k", rng=rng, patience=ONCE)
    pages = PagerDutyClient(
        events_url=f"https://127.0.0.1:{closed}", routing_keys={"high": "r"}, rng=rng, patience=ONCE
    )
    outcomes = [await slack.identity(), await duo.check(), await pages.probe("high")]
    duo.close()
    pages.close()
    assert {outcome.standing for outcome in outcomes} == {Standing.NOT_DONE}
    assert {in_words(outcome) for outcome in outcomes} == {"cannot be reached: connection refused"}


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (Outcome(Standing.REFUSED, reason="invalid_auth"), "refuses: invalid_auth"),
        (Outcome(Standing.REFUSED, reason="http_401"), "refuses: HTTP status 401"),
        (Outcome(Standing.UNKNOWN, reason="http_503"), "did not do it: HTTP status 503"),
        (Outcome(Standing.UNKNOWN, reason="malformed_answer"), "answers, but not as this service does"),
    ],
)
def test_an_outcome_is_told_in_words(outcome: Outcome[str], told: str):
    assert in_words(outcome) == told


def test_no_reason_that_is_known_names_a_class():
    for error in (ConnectionRefusedError(111, "x"), TimeoutError(), socket.gaierror(-2, "x")):
        assert re.fullmatch("[a-z_]+", by_fault(error).reason)
