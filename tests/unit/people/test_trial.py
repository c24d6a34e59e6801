"""`people test`: one message and one push to the stand-ins, and what is told of each way it can go."""

import asyncio
import random
from pathlib import Path

import pytest

from agents.clients.duo import DuoClient
from agents.clients.slack import SlackClient
from agents.decisions.directory import Person
from agents.people.trial import Finding, try_person
from agents.standins.duo import DuoPerson
from agents.standins.slack_state import SlackPerson
from agents.standins.together import StandIns

ADA = Person("ada", "Ada", "U1", "ada")


async def tried(
    tmp_path: Path, person: Person, answer: str | None, *, push_timeout_s: float = 5.0
) -> list[Finding]:
    """The findings of a trial in which the person taps `answer` on the phone."""
    async with StandIns(tmp_path) as standins:
        standins.slack.people["U1"] = SlackPerson("U1", "ada")
        standins.duo.people["ada"] = DuoPerson("ada")
        standins.duo.people["bypass"] = DuoPerson("bypass", "allow")
        rng = random.Random(1)
        slack = SlackClient(api_url=f"{standins.slack.url}/api/", bot_token=standins.slack.bot_token, rng=rng)
        keys = {"integration_key": standins.duo.integration_key, "secret_key": standins.duo.secret_key}
        duo = DuoClient(api_url=standins.duo.url, rng=rng, **keys)
        try:
            trial = asyncio.ensure_future(try_person(person, slack, duo, push_timeout_s))
            while answer is not None and not standins.duo.pushes:
                await standins.duo.changed.wait(standins.duo.changed.count, 5.0)
            if answer is not None:
                assert "test" in standins.slack.messages[0].text
                standins.duo.answer(standins.duo.pushes[0].txid, answer)
            return await trial
        finally:
            duo.close()


@pytest.mark.parametrize(("answer", "ok"), [("allow", True), ("deny", False), ("fraud", False)])
async def test_only_an_approved_push_is_good(tmp_path: Path, answer: str, ok: bool):  # noqa: FBT001 - a table's column
    message, push = await tried(tmp_path, ADA, answer)
    assert message.ok
    assert (push.ok, push.reached) == (ok, True)
    assert answer in push.detail


async def test_a_bypass_is_no_verification(tmp_path: Path):
    _, push = await tried(tmp_path, Person("eve", "Eve", "U1", "bypass"), None)
    assert not push.ok
    assert "allow" in push.detail


async def test_a_name_that_duo_does_not_know_is_told_with_what_may_be_wrong_about_it(tmp_path: Path):
    _, push = await tried(tmp_path, Person("eve", "Eve", "U1", "eve@example.com"), None)
    assert not push.ok
    assert 'Duo knows no user "eve@example.com"' in push.detail
    assert "a domain (user@domain) may not be" in push.detail


async def test_what_the_people_file_leaves_out_is_told(tmp_path: Path):
    message, push = await tried(tmp_path, Person("eve", "Eve"), None)
    assert (message.ok, push.ok) == (False, False)
    assert "no slack id" in message.detail
    assert "no duo name" in push.detail


async def test_an_unknown_slack_user_is_told(tmp_path: Path):
    message, _ = await tried(tmp_path, Person("eve", "Eve", "U404"), None)
    assert not message.ok
    assert message.reached


async def test_nobody_at_the_phone_ends_in_time(tmp_path: Path):
    _, push = await tried(tmp_path, ADA, None, push_timeout_s=0.2)
    assert not push.ok
    assert "nobody answered" in push.detail


async def test_services_that_are_not_configured_are_told():
    findings = await try_person(ADA, None, None, 1.0)
    assert [one.ok for one in findings] == [False, False]
