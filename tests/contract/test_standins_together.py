"""The stand-ins together: one configuration reaches them, and a person's hands work, in a thread too."""

import asyncio
import json

import pytest
from aiohttp import web

from agents.clients.duo import DuoClient
from agents.clients.interaction import YES
from agents.clients.outcome import Standing
from agents.clients.pagerduty import PageContent, PagerDutyClient
from agents.clients.signature import SignatureCheck
from agents.clients.slack import SlackClient, SlackContent
from agents.standins.changes import Changes
from agents.standins.thread import StandInThread
from agents.standins.together import StandIns
from streams.clock import wall_clock
from tests.support.vendors import ADA, ada_in_duo, ada_in_slack, rng

QUESTION = SlackContent(
    "q",
    [
        {
            "type": "actions",
            "elements": [
                {"type": "button", "action_id": YES, "text": {"type": "plain_text", "text": "Yes"}, "value": "v"}
            ],
        }
    ],
)


async def reach(settings: dict) -> list[Standing]:
    slack = SlackClient(api_url=settings["slack"]["api_url"], bot_token=settings["slack"]["bot_token"], rng=rng())
    duo = DuoClient(**settings["duo"], rng=rng(), ca_file=settings["ca_file"])
    pager = PagerDutyClient(
        events_url=settings["pagerduty"]["events_url"],
        routing_keys={"high": settings["pagerduty"]["routing_key"]},
        rng=rng(),
        ca_file=settings["ca_file"],
    )
    outcomes = [await slack.identity(), await duo.check(), await pager.trigger("k", "high", PageContent("s", "x"))]
    duo.close()
    pager.close()
    return [outcome.standing for outcome in outcomes]


async def test_the_settings_reach_all_three(tmp_path):
    async with StandIns(tmp_path, journal=True) as standins:
        assert await reach(standins.settings()) == [Standing.DONE] * 3
    assert {path.name for path in tmp_path.iterdir()} >= {"slack.jsonl", "duo.jsonl", "pagerduty.jsonl"}


def test_they_run_in_a_thread_for_callers_without_a_loop(tmp_path):
    with StandInThread(tmp_path) as thread:
        assert asyncio.run(reach(thread.standins.settings())) == [Standing.DONE] * 3
        assert len(thread.standins.pagerduty.incidents) == 1


@pytest.fixture
async def standins(tmp_path):
    async with StandIns(tmp_path) as standins:
        ada_in_slack(standins.slack)
        ada_in_duo(standins.duo)
        yield standins


@pytest.fixture
async def gateway(standins):
    """A receiver that takes what is signed by Slack, and says so."""
    judge = SignatureCheck([standins.slack.signing_secret], wall_clock)
    taken: list[dict] = []

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        if judge.refusal(request.headers, body) is not None:
            return web.Response(status=401)
        taken.append(json.loads((await request.post())["payload"]))
        return web.Response()

    app = web.Application()
    app.add_routes([web.post("/slack/interactions", receive)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    standins.slack.interactions_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/interactions"
    yield taken
    await runner.cleanup()


async def asked(standins):
    slack = SlackClient(api_url=f"{standins.slack.url}/api/", bot_token=standins.slack.bot_token, rng=rng())
    return (await slack.post((await slack.direct_channel(ADA)).got(), QUESTION)).got()


async def test_a_click_over_http_is_signed_as_slack_signs(standins, gateway):
    message = await asked(standins)
    click = await standins.slack.click(message.channel, message.ts, YES)
    assert (click.delivered, click.status, click.via) == (True, 200, "http")
    assert (gateway[0]["user"]["id"], gateway[0]["team"]["id"]) == (ADA, standins.slack.team_id)


async def test_another_hand_sends_another_user_team_and_value(standins, gateway):
    message = await asked(standins)
    await standins.slack.click(message.channel, message.ts, YES, "U0EVE", "T0EVIL", value="forged")
    assert (gateway[0]["user"]["id"], gateway[0]["team"]["id"]) == ("U0EVE", "T0EVIL")
    assert gateway[0]["actions"][0]["value"] == "forged"


async def test_a_receiver_that_is_away_takes_no_click(standins):
    standins.slack.interactions_url = "http://127.0.0.1:1/slack/interactions"
    message = await asked(standins)
    assert not (await standins.slack.click(message.channel, message.ts, YES)).delivered


async def test_a_live_page_can_wait_for_a_change():
    changes = Changes()
    waiting = asyncio.create_task(changes.wait(0, 5))
    await asyncio.sleep(0)
    changes.happened()
    assert await waiting == 1
    assert await changes.wait(1, 0.01) == 1
