"""Duo's client and its stand-in: signatures, preauth, one push, its poll, and every fault."""

import asyncio

import pytest

from agents.clients.duo import PushStatus
from agents.clients.outcome import Standing
from agents.standins.duo import DuoPerson, DuoStandIn
from agents.standins.plan import BROKEN, GARBLED, LIMITED, LOST, REFUSE, hang, slow
from tests.support.vendors import Clock, ada_in_duo, duo_client, timeout_for

INFO = {"Action": "StopLogging & more", "Account": "prod=uction"}


@pytest.fixture
async def duo():
    duo = DuoStandIn(poll_s=0.2, clock=Clock())
    ada_in_duo(duo)
    await duo.start()
    yield duo
    await duo.stop()


@pytest.fixture
def client(duo):
    client = duo_client(duo)
    yield client
    client.close()


async def test_keys_are_checked_as_duo_checks_them(duo, client):
    assert (await client.check()).standing is Standing.DONE
    wrong = duo_client(duo, secret="not-the-secret")
    outcome = await wrong.check()
    wrong.close()
    assert (outcome.standing, outcome.reason) == (Standing.REFUSED, "http_401")
    assert duo.requests[-1].answer["code"] == 40103


async def test_a_request_with_an_old_date_is_refused(duo, client):
    duo.clock.ahead_ms = 301_000
    assert (await client.check()).reason == "http_401"
    assert duo.requests[-1].answer["code"] == 40105


@pytest.mark.parametrize(
    ("preauth", "push", "expected"),
    [
        ("auth", True, ("auth", True)),
        ("auth", False, ("auth", False)),
        ("allow", False, ("allow", False)),
        ("deny", False, ("deny", False)),
        ("enroll", False, ("enroll", False)),
    ],
)
async def test_preauth_says_who_can_be_pushed_to(duo, client, preauth, push, expected):
    duo.people["ada"] = DuoPerson("ada", preauth, push=push)
    standby = (await client.preauth("ada")).got()
    assert (standby.result, standby.can_push) == expected


async def test_an_unknown_name_must_enroll(client):
    assert (await client.preauth("nobody")).got().result == "enroll"


@pytest.mark.parametrize("tap", ["allow", "deny", "fraud"])
async def test_a_push_waits_for_a_tap(duo, client, tap):
    txid = (await client.push("ada", INFO)).got()
    assert duo.pushes[0].pushinfo == INFO
    assert (await client.status(txid)).got().result == "waiting"
    polling = asyncio.create_task(client.status(txid))
    await asyncio.sleep(0.02)
    duo.answer(txid, tap)
    assert (await polling).got().result == tap


async def test_a_push_that_nobody_answers_times_out(duo, client):
    txid = (await client.push("ada", INFO)).got()
    duo.clock.ahead_ms = 61_000
    duo.answer(txid, "allow")
    assert (await client.status(txid)).got() == PushStatus("timeout", "Login timed out.")


async def test_an_allow_that_no_phone_gave_is_no_allow(duo, client):
    ada_in_duo(duo, "allow")
    duo.people["ada"].push = True
    txid = (await client.push("ada", INFO)).got()
    assert (await client.status(txid)).got().result == "error"


async def test_a_poll_that_duo_holds_for_long_says_that_the_push_waits(duo):
    client = duo_client(duo, timeout_s=0.1)
    duo.faults.once("/auth/v2/auth_status", hang(5))
    assert (await client.status("txid-000001")).got().result == "waiting"
    client.close()


async def test_a_push_to_nobody_and_a_poll_of_nothing_are_refusals(client):
    assert (await client.push("nobody", INFO)).standing is Standing.REFUSED
    assert (await client.status("no-such")).standing is Standing.REFUSED


@pytest.mark.parametrize(
    ("fault", "pushes"), [(REFUSE, 0), (hang(1), 0), (slow(0.9), 1), (LOST, 1), (GARBLED, 1), (BROKEN, 0)]
)
async def test_a_push_without_an_answer_is_unknown_and_not_repeated(duo, fault, pushes):
    client = duo_client(duo, timeout_s=timeout_for(fault))
    duo.faults.once("/auth/v2/auth", fault)
    assert (await client.push("ada", INFO)).standing is Standing.UNKNOWN
    client.close()
    assert len(duo.pushes) == pushes
    assert [each.route for each in duo.requests].count("/auth/v2/auth") <= 1


async def test_a_push_that_was_turned_away_is_repeated_and_nothing_sleeps_for_long(duo, client):
    duo.faults.once("/auth/v2/auth", LIMITED, LIMITED)
    async with asyncio.timeout(2.9):  # duo_client alone would sleep for three seconds and more
        assert (await client.push("ada", INFO)).standing is Standing.DONE
    assert len(duo.pushes) == 1


async def test_nothing_is_repeated_once_the_time_is_over(duo, client):
    duo.faults.always("*", LIMITED)
    assert (await client.push("ada", INFO, until=lambda: True)).standing is Standing.NOT_DONE
    assert len(duo.requests) == 1


@pytest.mark.parametrize("fault", [REFUSE, LOST, GARBLED, BROKEN, LIMITED, hang(0.9)])
async def test_preauth_is_repeated(duo, fault):
    client = duo_client(duo, timeout_s=timeout_for(fault))
    duo.faults.once("/auth/v2/preauth", fault)
    assert (await client.preauth("ada")).got().result == "auth"
    client.close()


async def test_a_duo_that_is_away_did_nothing(duo, client):
    await duo.stop()
    assert (await client.push("ada", INFO)).standing is Standing.NOT_DONE


async def test_the_secret_key_is_in_no_record(duo, client):
    await client.push("ada", INFO)
    assert duo.secret_key not in repr(duo.requests)
