"""Slack's hand: the interaction payload of a click, and its signed delivery over HTTP."""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import aiohttp

from agents.standins.slack_state import Click, SlackMessage

DELIVERY_S = 3.0  # Slack shows the person an error when the app has not answered by then


def block_actions(
    message: SlackMessage,
    button: dict[str, Any],
    *,
    user_id: str,
    team_id: str,
    app_id: str,
    trigger_id: str,
    now_ms: int,
) -> dict[str, Any]:
    """The payload of a button pressed in a message.

    Source: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload/.
    """
    return {
        "type": "block_actions",
        "user": {"id": user_id, "username": user_id.lower(), "name": user_id.lower(), "team_id": team_id},
        "api_app_id": app_id,
        "container": {"type": "message", "message_ts": message.ts, "channel_id": message.channel},
        "trigger_id": trigger_id,
        "team": {"id": team_id, "domain": "stand-in"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": message.channel, "name": "directmessage"},
        "message": {"type": "message", "user": message.user, "ts": message.ts, "blocks": message.blocks},
        "response_url": "https://hooks.slack.invalid/actions/never-to-be-called",
        "actions": [{**button, "action_ts": f"{now_ms // 1000}.{now_ms % 1000 * 1000:06d}"}],
    }


def signed(secret: str, body: bytes, at_s: int) -> dict[str, str]:
    """The headers by which Slack signs a request.

    Source: https://docs.slack.dev/authentication/verifying-requests-from-slack/.
    """
    base = f"v0:{at_s}:".encode() + body
    signature = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": str(at_s),
        "X-Slack-Signature": f"v0={signature}",
        "Content-Type": "application/x-www-form-urlencoded",
    }


async def post(url: str, secret: str, payload: dict[str, Any], now_ms: int) -> Click:
    """Post an interaction as Slack does; an answer other than 200 in time is no delivery."""
    body = urlencode({"payload": json.dumps(payload)}).encode()
    timeout = aiohttp.ClientTimeout(total=DELIVERY_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=body, headers=signed(secret, body, now_ms // 1000)) as answer,
        ):
            return Click(answer.status == 200, answer.status, "http")
    except (aiohttp.ClientError, TimeoutError):
        return Click(delivered=False, status=None, via="http")
