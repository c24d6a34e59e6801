"""Patience: bounded, jittered, and it asks again only about what may be asked again."""

import random

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.clients.outcome import Outcome, Standing, by_fault, by_status, done
from agents.clients.patience import SAFE_ONLY, Patience, persist

QUICK = Patience(attempts=3, base_s=0.001, cap_s=0.002, honour_s=0.002)


@given(tried=st.integers(1, 60), seed=st.integers(), asked_s=st.none() | st.floats(0, 10_000))
def test_no_wait_is_longer_than_it_may_be(tried, seed, asked_s):
    patience = Patience(base_s=0.5, cap_s=5, honour_s=30)
    wait_s = patience.wait_s(tried, random.Random(seed), asked_s)
    assert 0.25 <= wait_s <= 30.5 or (asked_s is not None and wait_s <= 30.5)
    if asked_s is not None and asked_s <= 30:
        assert wait_s >= asked_s


async def tries(outcomes, again_on=frozenset({Standing.NOT_DONE, Standing.UNKNOWN}), until=lambda: False):
    left = list(outcomes)

    async def attempt():
        return left.pop(0)

    outcome = await persist(attempt, QUICK, random.Random(1), again_on=again_on, until=until)
    return outcome.standing, len(outcomes) - len(left)


NOT_DONE, UNKNOWN, REFUSED = (Outcome(standing) for standing in ("not_done", "unknown", "refused"))


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([done(1)], (Standing.DONE, 1)),
        ([NOT_DONE, UNKNOWN, done(1)], (Standing.DONE, 3)),
        ([REFUSED, done(1)], (Standing.REFUSED, 1)),
        ([UNKNOWN] * 9, (Standing.UNKNOWN, 3)),
    ],
)
async def test_it_tries_until_it_is_done_refused_or_out_of_patience(outcomes, expected):
    assert await tries(outcomes) == expected


async def test_what_may_not_happen_twice_is_asked_once_when_in_doubt():
    assert await tries([NOT_DONE, UNKNOWN, done(1)], again_on=SAFE_ONLY) == (Standing.UNKNOWN, 2)


async def test_it_ends_with_the_time():
    assert await tries([NOT_DONE, done(1)], until=lambda: True) == (Standing.NOT_DONE, 1)


@pytest.mark.parametrize(
    ("status", "standing"),
    [(400, "refused"), (401, "refused"), (404, "refused"), (429, "not_done"), (500, "unknown"), (302, "unknown")],
)
def test_a_status_has_its_standing(status, standing):
    assert by_status(status, "x").standing == standing


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("-1", 0.0), ("soon", None), ("", None), (None, None)]
)
def test_retry_after_is_read_or_left(header, seconds):
    assert by_status(429, "x", header).retry_after_s == seconds


def test_a_connection_that_was_never_made_did_nothing():
    wrapped = RuntimeError("wrapped")
    wrapped.__cause__ = ConnectionRefusedError()
    for error in (ConnectionRefusedError(), aiohttp.ClientConnectorError(None, OSError()), wrapped):
        assert by_fault(error).standing is Standing.NOT_DONE
    for error in (TimeoutError(), ConnectionResetError(), aiohttp.ServerDisconnectedError()):
        assert by_fault(error).standing is Standing.UNKNOWN
