"""POST /slack/interactions: only what Slack signed lately and once, and an answer is on the log before the 200."""

import asyncio
import itertools
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from slack_sdk.signature import SignatureVerifier

from agents.clients.button import ButtonValue, Seal
from agents.clients.interaction import DETAILS, NO, YES, DetailsWanted
from agents.gateway import slack as slack_door
from streams.records.command import Answered, Command
from tests.support.gateway import APP, NOW_MS, SECRET, TEAM, Appended, gateway, slack_access

Client = TestClient[web.Request, web.Application]
PATH = "/slack/interactions"
BUTTON = ButtonValue(actor_key="person/ada", case_id="abcd", digest="d" * 64, partition=5)


def body_of(action_id: str = YES, value: str | None = None, **changes: Any) -> bytes:
    payload = {
        "type": "block_actions",
        "user": {"id": "U1", "team_id": TEAM},
        "team": {"id": TEAM},
        "api_app_id": APP,
        "trigger_id": "1.2.3",
        "container": {"channel_id": "D1", "message_ts": "1.000001"},
        "channel": {"id": "D1", "name": "directmessage"},
        "response_url": "https://hooks.slack.invalid/never",
        "actions": [{"action_id": action_id, "value": value or Seal([SECRET]).seal(BUTTON), "action_ts": "2.0"}],
        **changes,
    }
    return urlencode({"payload": json.dumps(payload)}).encode()


def signed(body: bytes, at_s: int = NOW_MS // 1000, secret: str = SECRET) -> dict[str, str]:
    signature = SignatureVerifier(secret).generate_signature(timestamp=str(at_s), body=body) or ""
    return {"X-Slack-Request-Timestamp": str(at_s), "X-Slack-Signature": signature}


async def send(client: Client, body: bytes, headers: dict[str, str] | None = None) -> int:
    given = {"Content-Type": "application/x-www-form-urlencoded", **(signed(body) if headers is None else headers)}
    return (await client.post(PATH, data=body, headers=given)).status


@pytest.mark.parametrize(("action_id", "answer"), [(YES, "yes"), (NO, "no")])
async def test_a_click_becomes_a_command_in_the_partition_of_its_case(action_id: str, answer: str) -> None:
    log = Appended()
    async with gateway(slack=slack_access(), report=log) as client:
        assert await send(client, body_of(action_id)) == 200
    answered = Answered("abcd", "d" * 64, answer, "U1", TEAM, APP, "D1", "1.000001", "2.0")
    assert log.commands == [(5, "person/ada", answered)]


async def test_the_200_comes_after_the_answer_is_on_the_log() -> None:
    on_disk = asyncio.Event()
    order: list[str] = []

    async def report(_partition: int, _key: str, _command: Command) -> None:
        await on_disk.wait()
        order.append("log")

    async with gateway(slack=slack_access(), report=report) as client:
        sending = asyncio.create_task(send(client, body_of()))
        await asyncio.sleep(0.1)
        assert not sending.done()
        on_disk.set()
        assert await sending == 200
        assert order == ["log"]


async def test_a_log_that_hangs_is_no_silent_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack_door, "APPEND_S", 0.05)

    async def report(_partition: int, _key: str, _command: Command) -> None:
        await asyncio.sleep(60)

    async with gateway(slack=slack_access(), report=report) as client:
        assert await send(client, body_of()) == 503


async def test_nothing_unsigned_altered_stale_or_repeated_gets_in() -> None:
    log, body = Appended(), body_of()
    good, now_s = signed(body), NOW_MS // 1000
    altered = body.replace(b"U1", b"U2")
    refused = [
        (body, {}),
        (body, {**good, "X-Slack-Signature": "v0=" + "0" * 64}),
        (body, {**good, "X-Slack-Signature": "v0=\u00e9"}),
        (body, {**good, "X-Slack-Timestamp": "x", "X-Slack-Request-Timestamp": "not a number"}),
        (body, {**good, "X-Slack-Request-Timestamp": str(now_s + 1)}),
        (body, signed(body, secret="another secret")),
        (body, signed(body, now_s - 301)),
        (body, signed(body, now_s + 301)),
        (altered, good),
        (body + b"&x=1", good),
        (body.replace(b"%22", b"\x22"), good),
        (b"\xff\xfe", signed(b"")),
    ]
    async with gateway(slack=slack_access(), report=log) as client:
        for given, headers in refused:
            assert await send(client, given, headers) == 401
        assert log.commands == []
        assert await send(client, body, good) == 200
        assert await send(client, body, good) == 401
    assert len(log.commands) == 1


async def test_signed_payloads_that_are_none_of_ours_are_acknowledged_and_dropped() -> None:
    log = Appended()
    shapes: list[bytes] = [
        body_of(user={"id": "U1", "team_id": "T9"}),
        body_of(team={"id": "T9"}),
        body_of(api_app_id="A9"),
        body_of(channel={"id": "C1", "name": "general"}),
        body_of("another_action"),
        body_of(value="forged." + "0" * 64),
        body_of(type="view_submission"),
        body_of(actions=[]),
        b"payload=%7B",
        b"payload=" + b"%5B" * 5_000,
        b"nothing=1",
        b"&".join(b"a=1" for _ in range(500)),
        b"",
    ]
    async with gateway(slack=slack_access(), report=log) as client:
        for body in shapes:
            assert await send(client, body) == 200
    assert log.commands == []


async def test_details_asks_for_the_modal_and_answers_at_once() -> None:
    shown: asyncio.Queue[DetailsWanted] = asyncio.Queue()
    log = Appended()
    async with gateway(slack=slack_access(shown.put), report=log) as client:
        assert await send(client, body_of(DETAILS)) == 200
        wanted = await asyncio.wait_for(shown.get(), 2)
    assert (wanted.case_id, wanted.trigger_id, wanted.user_id) == ("abcd", "1.2.3", "U1")
    assert log.commands == []


async def test_a_body_beyond_the_cap_is_refused() -> None:
    big = b"payload=" + b"x" * slack_door.BODY_BYTES

    async def chunks() -> Any:
        for at in range(0, len(big), 65_536):
            yield big[at : at + 65_536]

    async with gateway(slack=slack_access()) as client:
        assert await send(client, big) == 413
        assert (await client.post(PATH, data=chunks(), headers=signed(big))).status == 413


async def test_a_body_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack_door, "READ_S", 0.1)

    async def drip() -> Any:
        for _ in itertools.repeat(None, 50):
            yield b"x"
            await asyncio.sleep(0.05)

    async with gateway(slack=slack_access()) as client:
        assert (await client.post(PATH, data=drip(), headers=signed(b""))).status == 408


async def test_without_slack_there_is_no_such_door() -> None:
    async with gateway() as client:
        assert await send(client, body_of()) == 404
