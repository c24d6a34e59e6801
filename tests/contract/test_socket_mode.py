"""Socket Mode: slack_sdk's client against the stand-in's websocket."""

import asyncio

import pytest

from agents.clients.interaction import YES
from agents.clients.patience import Patience
from agents.clients.slack import SlackContent
from agents.clients.socket_mode import SocketMode
from agents.standins.plan import BROKEN
from agents.standins.slack import SlackStandIn
from tests.support.vendors import ADA, ada_in_slack, rng, slack_client

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


@pytest.fixture
async def slack():
    slack = SlackStandIn()
    ada_in_slack(slack)
    await slack.start()
    yield slack
    await slack.stop()


@pytest.fixture
async def taken(slack):
    taken: list[dict] = []

    async def handle(payload):
        taken.append(payload)
        if payload["actions"][0].get("value") == "break":
            raise RuntimeError("the handler broke")

    mode = SocketMode(
        api_url=f"{slack.url}/api/",
        app_token=slack.app_token,
        handle=handle,
        rng=rng(),
        patience=Patience(base_s=0.02, cap_s=0.05),
        ping_s=0.1,
        watch_s=0.02,
        stale_s=0.5,
    )
    await mode.start()
    yield taken
    await mode.stop()


async def until(ready) -> None:
    async with asyncio.timeout(5):
        while not ready():  # noqa: ASYNC110 - it waits for anything a caller can name
            await asyncio.sleep(0.01)


async def asked(slack):
    client = slack_client(slack)
    return (await client.post((await client.direct_channel(ADA)).got(), QUESTION)).got()


async def test_a_click_is_acknowledged_and_handed_on(slack, taken):
    await until(lambda: slack.socket.connections)
    message = await asked(slack)
    click = await slack.click(message.channel, message.ts, YES)
    assert (click.delivered, click.via) == (True, "socket")
    await until(lambda: taken)
    assert taken[0]["user"]["id"] == ADA
    assert taken[0]["actions"][0]["value"] == "v"


async def test_a_click_that_was_not_taken_is_not_acknowledged_and_the_socket_stays_open(slack, taken):
    await until(lambda: slack.socket.connections)
    message = await asked(slack)
    assert not (await slack.click(message.channel, message.ts, YES, value="break")).delivered
    assert (await slack.click(message.channel, message.ts, YES)).delivered
    await until(lambda: len(taken) == 2)


async def test_it_connects_again_when_slack_asks_it_to(slack, taken):
    await until(lambda: slack.socket.connections)
    first = slack.socket.connections[0]
    await slack.socket.refresh()
    await until(lambda: slack.socket.connections and slack.socket.connections[-1] is not first)
    message = await asked(slack)
    assert (await slack.click(message.channel, message.ts, YES)).delivered


async def test_it_connects_again_after_an_outage(slack, taken):
    await until(lambda: slack.socket.connections)
    port = slack.port
    await slack.stop()
    await asyncio.sleep(0.7)
    slack.faults.once("apps.connections.open", BROKEN)
    await slack.start(port=port)
    await until(lambda: slack.socket.connections)
    message = await asked(slack)
    assert (await slack.click(message.channel, message.ts, YES)).delivered
    await until(lambda: taken)


async def test_without_a_connection_a_click_is_not_delivered(slack):
    message = await asked(slack)
    assert not (await slack.click(message.channel, message.ts, YES)).delivered
