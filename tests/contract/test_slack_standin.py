"""Slack's client and its stand-in: every route, every fault, and the four ways a call ends."""

import json
import logging

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from agents.clients.interaction import YES
from agents.clients.outcome import Standing
from agents.clients.slack import SlackContent, prompt_metadata
from agents.standins.plan import BROKEN, GARBLED, LIMITED, LOST, REFUSE, Fault, Trouble, hang, slow
from agents.standins.slack import SlackStandIn
from agents.standins.slack_state import SlackPerson
from streams.records.case import SlackMessage
from tests.support.vendors import ADA, CASE, ONCE, ada_in_slack, slack_client, timeout_for

HELLO = SlackContent("hello", [{"type": "section", "text": {"type": "plain_text", "text": "hello"}}])


@pytest.fixture
async def slack(tmp_path):
    slack = SlackStandIn(journal=tmp_path / "slack.jsonl")
    ada_in_slack(slack)
    await slack.start()
    yield slack
    await slack.stop()


async def opened(slack: SlackStandIn) -> str:
    return (await slack_client(slack).direct_channel(ADA)).got()


async def test_identity_tells_team_and_bot(slack):
    identity = (await slack_client(slack).identity()).got()
    assert (identity["team_id"], identity["user_id"]) == (slack.team_id, slack.bot_user_id)


async def test_a_wrong_token_is_a_refusal(slack):
    outcome = await slack_client(slack, token="xoxb-other").identity()
    assert (outcome.standing, outcome.reason) == (Standing.REFUSED, "invalid_auth")


async def test_a_person_is_shown_with_their_state(slack):
    slack.people["U0OFF"] = SlackPerson("U0OFF", "grace", disabled=True)
    assert (await slack_client(slack).person("U0OFF")).got()["deleted"] is True


async def test_everybody_is_listed_page_by_page(slack):
    slack.people.update({f"U{at:04d}": SlackPerson(f"U{at:04d}", f"n{at}") for at in range(450)})
    slack.people["U0OFF"] = SlackPerson("U0OFF", "grace", disabled=True, email="grace@example.com")
    found = (await slack_client(slack).members()).got()
    assert [member["id"] for member in found] == list(slack.people)
    assert (found[-1]["deleted"], found[-1]["profile"]["email"]) == (True, "grace@example.com")
    assert [each.route for each in slack.requests] == ["users.list"] * 3


async def test_a_list_of_members_waits_when_slack_asks_for_it(slack):
    slack.people.update({f"U{at:04d}": SlackPerson(f"U{at:04d}", f"n{at}") for at in range(250)})
    slack.faults.once("users.list", LIMITED)
    assert len((await slack_client(slack).members()).got()) == len(slack.people)


async def test_a_list_of_members_that_cannot_be_read_to_its_end_is_none(slack):
    slack.faults.always("users.list", Fault(Trouble.LIMITED, retry_after_s=0))
    outcome = await slack_client(slack).members()
    assert (outcome.standing, outcome.value) == (Standing.NOT_DONE, None)


@pytest.mark.parametrize(("limit", "cursor", "error"), [(1001, "", "invalid_limit"), (5, "x", "invalid_cursor")])
async def test_a_wrong_page_of_members_is_refused(slack, limit, cursor, error):
    web = AsyncWebClient(slack.bot_token, f"{slack.url}/api/", retry_handlers=[])
    web.proxy = None
    with pytest.raises(SlackApiError) as caught:
        await web.users_list(limit=limit, cursor=cursor)
    assert caught.value.response["error"] == error


@pytest.mark.parametrize(("user", "reason"), [("U0NOBODY", "user_not_found"), ("U0OFF", "user_disabled")])
async def test_who_cannot_be_written_to_is_a_refusal(slack, user, reason):
    slack.people["U0OFF"] = SlackPerson("U0OFF", "grace", disabled=True)
    outcome = await slack_client(slack).direct_channel(user)
    assert (outcome.standing, outcome.reason) == (Standing.REFUSED, reason)


async def test_a_channel_opens_once(slack):
    assert await opened(slack) == await opened(slack)


async def test_a_message_is_posted_found_by_its_metadata_and_rewritten(slack):
    client, channel = slack_client(slack), await opened(slack)
    sent = (await client.post(channel, HELLO, metadata=prompt_metadata(CASE, 1))).got()
    await client.post(channel, HELLO, metadata=prompt_metadata("another", 1))
    await client.post(channel, HELLO, thread_ts=sent.ts)
    assert (await client.find(channel, CASE, 0)).got() == [sent]
    assert (await client.find(channel, CASE, slack.clock() + 60_000)).got() == []
    assert (await client.update(sent, SlackContent("done", HELLO.blocks))).standing is Standing.DONE
    message = slack.message(channel, sent.ts)
    assert (message.text, [version.text for version in message.versions]) == ("done", ["hello"])


async def test_history_is_read_page_by_page(slack):
    client, channel = slack_client(slack), await opened(slack)
    first = (await client.post(channel, HELLO, metadata=prompt_metadata(CASE, 1))).got()
    template = slack.messages[0]
    slack.messages += [
        type(template)(channel, f"{float(first.ts) + number:.6f}", "U0", "x", [], None) for number in range(1, 450)
    ]
    assert (await client.find(channel, CASE, 0)).got() == [first]


async def test_an_unknown_channel_and_bad_blocks_are_refusals(slack):
    client, channel = slack_client(slack), await opened(slack)
    assert (await client.post("D0NONE", HELLO)).reason == "channel_not_found"
    bad = SlackContent("x", [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}])
    assert (await client.post(channel, bad)).reason == "invalid_blocks"
    assert (await client.update(SlackMessage(channel, "1.000001"), HELLO)).reason == "message_not_found"


@pytest.mark.parametrize(
    ("fault", "standing", "posted"),
    [
        (REFUSE, Standing.UNKNOWN, 0),
        (hang(2), Standing.UNKNOWN, 0),
        (slow(2), Standing.UNKNOWN, 1),
        (LOST, Standing.UNKNOWN, 1),
        (GARBLED, Standing.UNKNOWN, 1),
        (BROKEN, Standing.UNKNOWN, 0),
    ],
)
async def test_a_post_without_an_answer_is_unknown_and_not_repeated(slack, fault, standing, posted):
    channel = await opened(slack)
    slack.faults.once("chat.postMessage", fault)
    outcome = await slack_client(slack, timeout_s=timeout_for(fault)).post(channel, HELLO)
    assert outcome.standing is standing
    assert len(slack.messages) == posted


async def test_a_post_that_was_turned_away_is_repeated(slack):
    channel = await opened(slack)
    slack.faults.once("chat.postMessage", LIMITED, LIMITED)
    assert (await slack_client(slack).post(channel, HELLO)).standing is Standing.DONE
    assert len(slack.messages) == 1


async def test_patience_with_429_ends_and_says_what_slack_asked_for(slack):
    channel = await opened(slack)
    slack.faults.always("chat.postMessage", Fault(Trouble.LIMITED, retry_after_s=17))
    outcome = await slack_client(slack, patience=ONCE).post(channel, HELLO)
    assert (outcome.standing, outcome.retry_after_s) == (Standing.NOT_DONE, 17)


@pytest.mark.parametrize("fault", [REFUSE, LOST, BROKEN, LIMITED, GARBLED, hang(1)])
async def test_what_is_harmless_is_repeated(slack, fault):
    client, channel = slack_client(slack, timeout_s=timeout_for(fault)), await opened(slack)
    sent = (await client.post(channel, HELLO)).got()
    slack.faults.once("chat.update", fault)
    slack.faults.once("conversations.history", fault)
    slack.faults.once("conversations.open", fault)
    assert (await client.update(sent, HELLO)).standing is Standing.DONE
    assert (await client.find(channel, CASE, 0)).standing is Standing.DONE
    assert (await client.direct_channel(ADA)).got() == channel


async def test_a_server_that_is_away_did_nothing_and_keeps_its_state(slack):
    client, channel = slack_client(slack), await opened(slack)
    port = slack.port
    await slack.stop()
    assert (await client.post(channel, HELLO)).standing is Standing.NOT_DONE
    await slack.start(port=port)
    assert (await client.post(channel, HELLO)).standing is Standing.DONE


async def test_a_modal_opens_for_a_fresh_trigger_once(slack):
    client, channel = slack_client(slack), await opened(slack)
    button = {"type": "button", "action_id": YES, "text": {"type": "plain_text", "text": "Yes"}, "value": "v"}
    sent = (await client.post(channel, SlackContent("q", [{"type": "actions", "elements": [button]}]))).got()
    taken = []
    slack.socket.deliver = lambda payload: _take(taken, payload)
    await slack.click(channel, sent.ts, YES)
    view = {"type": "modal", "title": {"type": "plain_text", "text": "All"}, "blocks": HELLO.blocks}
    assert (await client.open_view(taken[0]["trigger_id"], view)).standing is Standing.DONE
    assert [shown.user_id for shown in slack.views] == [ADA]
    assert (await client.open_view(taken[0]["trigger_id"], view)).reason == "invalid_trigger_id"


async def _take(taken, payload):
    taken.append(payload)
    return True


async def test_the_journal_holds_every_exchange_and_no_token(slack, tmp_path):
    channel = await opened(slack)
    slack.faults.once("chat.postMessage", LOST)
    await slack_client(slack).post(channel, HELLO)
    text = (tmp_path / "slack.jsonl").read_text()
    exchanges = [json.loads(line) for line in text.splitlines()]
    assert [(each["route"], each["status"], each["done"]) for each in exchanges] == [
        ("conversations.open", 200, True),
        ("chat.postMessage", None, True),
    ]
    assert slack.bot_token not in text
    assert exchanges[1]["sent"]["channel"] == channel


async def test_no_token_reaches_a_log(slack, caplog):
    caplog.set_level(logging.DEBUG)
    channel = await opened(slack)
    slack.faults.once("chat.postMessage", GARBLED)
    await slack_client(slack).post(channel, HELLO)
    await slack_client(slack, token="xoxb-wrong-secret").identity()
    assert slack.bot_token not in caplog.text
    assert "xoxb-wrong-secret" not in caplog.text
