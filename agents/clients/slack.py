"""Slack: the Web API through slack_sdk, its own retries off, every answer an Outcome."""

import random
import ssl
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import aiohttp
from msgspec import Struct
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from agents.clients.address import is_loopback
from agents.clients.outcome import Outcome, Standing, by_fault, by_status, done
from agents.clients.patience import REPEATABLE, SAFE_ONLY, Patience, persist
from streams.records.case import SlackMessage
from streams.shell.failpoints import step

EVENT_TYPE = "countersign_prompt"
# Slack says of these two that part of the work may have been done; the others were turned away at the door.
# Source: the error tables at https://docs.slack.dev/reference/methods/chat.postMessage.
MAY_BE_DONE = frozenset({"internal_error", "fatal_error"})
TURNED_AWAY = frozenset(
    {"ratelimited", "rate_limited", "service_unavailable", "request_timeout", "team_added_to_org"}
)
HISTORY_PAGES = 5
HISTORY_LIMIT = 200
MEMBER_PAGES = 1_000
MEMBERS_LIMIT = 200

Blocks = Sequence[dict[str, Any]]


class SlackContent(Struct, frozen=True):
    """What a message shows: `text` is the notification's line, `blocks` the message itself."""

    text: str
    blocks: list[dict[str, Any]]


class SlackClient:
    """Calls with the bot's token. Invariant: no URL comes out of a payload, only the configured base is called."""

    def __init__(
        self,
        *,
        api_url: str,
        bot_token: str,
        rng: random.Random,
        timeout_s: float = 10.0,
        patience: Patience = Patience(),  # noqa: B008 - a frozen value
        context: ssl.SSLContext | None = None,
    ) -> None:
        # aiohttp's total timeout takes fractions; slack_sdk's annotation says int.
        self._web = AsyncWebClient(
            bot_token,
            api_url,
            timeout=timeout_s,  # type: ignore[arg-type]
            ssl=context,
            retry_handlers=[],
        )
        if is_loopback(api_url):
            self._web.proxy = None
        self._rng = rng
        self._patience = patience

    async def identity(self) -> Outcome[dict[str, Any]]:
        """Whose token it is: team_id, user_id, bot_id."""
        return await step("slack.identity", self._repeat(self._web.auth_test))

    async def person(self, user_id: str) -> Outcome[dict[str, Any]]:
        """A user as Slack shows them: name, deleted, is_restricted, tz."""
        answer = await step("slack.person", self._repeat(lambda: self._web.users_info(user=user_id)))
        return _part(answer, lambda data: dict(data["user"]))

    async def members(self) -> Outcome[list[dict[str, Any]]]:
        """Everybody of the workspace, the deactivated and the bots included, page by page.

        Source: https://docs.slack.dev/reference/methods/users.list.
        """
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        for _ in range(MEMBER_PAGES):
            read = partial(self._web.users_list, limit=MEMBERS_LIMIT, cursor=cursor)
            answer = await step("slack.members", self._repeat(read))
            if answer.standing is not Standing.DONE:
                return Outcome(answer.standing, reason=answer.reason, retry_after_s=answer.retry_after_s)
            page = answer.got()
            found += [member for member in page.get("members", []) if isinstance(member, dict)]
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return done(found)
        return Outcome(Standing.REFUSED, reason="too_many_pages")

    async def direct_channel(self, user_id: str) -> Outcome[str]:
        """The channel id of the direct messages with a person."""
        answer = await step("slack.open", self._repeat(lambda: self._web.conversations_open(users=user_id)))
        return _part(answer, lambda data: str(data["channel"]["id"]))

    async def post(
        self,
        channel: str,
        content: SlackContent,
        *,
        metadata: dict[str, Any] | None = None,
        thread_ts: str | None = None,
    ) -> Outcome[SlackMessage]:
        """Send a message. Slack has no idempotency key, so an unknown outcome is not tried again here."""

        def send() -> Awaitable[AsyncSlackResponse]:
            return self._web.chat_postMessage(
                channel=channel,
                text=content.text,
                blocks=content.blocks,
                metadata=metadata,
                thread_ts=thread_ts,
                unfurl_links=False,
                unfurl_media=False,
            )

        answer = await step("slack.post", self._repeat(send, again_on=SAFE_ONLY))
        return _part(answer, lambda data: SlackMessage(str(data["channel"]), str(data["ts"])))

    async def update(self, message: SlackMessage, content: SlackContent) -> Outcome[SlackMessage]:
        """Rewrite a message; repeating that is harmless."""

        def rewrite() -> Awaitable[AsyncSlackResponse]:
            return self._web.chat_update(
                channel=message.channel, ts=message.ts, text=content.text, blocks=content.blocks
            )

        return _part(await step("slack.update", self._repeat(rewrite)), lambda _: message)

    async def find(self, channel: str, case_id: str, since_ms: int) -> Outcome[list[SlackMessage]]:
        """The messages of a case in a channel since a time, by their metadata, newest first."""
        found: list[SlackMessage] = []
        cursor: str | None = None
        for _ in range(HISTORY_PAGES):
            answer = await self._history(channel, since_ms, cursor)
            if answer.standing is not Standing.DONE:
                return Outcome(answer.standing, reason=answer.reason, retry_after_s=answer.retry_after_s)
            page = answer.got()
            found += [
                SlackMessage(channel, str(message["ts"]))
                for message in page.get("messages", [])
                if _case_of(message) == case_id
            ]
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
        return done(found)

    async def open_view(self, trigger_id: str, view: dict[str, Any]) -> Outcome[dict[str, Any]]:
        """Open a modal; a trigger lives three seconds, so there is one try."""
        return await step("slack.view", self._try(lambda: self._web.views_open(trigger_id=trigger_id, view=view)))

    async def _history(self, channel: str, since_ms: int, cursor: str | None) -> Outcome[dict[str, Any]]:
        def read() -> Awaitable[AsyncSlackResponse]:
            return self._web.conversations_history(
                channel=channel,
                oldest=f"{max(0, since_ms) / 1000:.6f}",
                include_all_metadata=True,
                limit=HISTORY_LIMIT,
                cursor=cursor,
            )

        return await step("slack.history", self._repeat(read))

    async def _repeat(
        self,
        call: Callable[[], Awaitable[AsyncSlackResponse]],
        again_on: frozenset[Standing] = REPEATABLE,
    ) -> Outcome[dict[str, Any]]:
        return await persist(lambda: self._try(call), self._patience, self._rng, again_on=again_on)

    async def _try(self, call: Callable[[], Awaitable[AsyncSlackResponse]]) -> Outcome[dict[str, Any]]:
        try:
            answer = await step("slack.call", call())
        except SlackApiError as error:
            return _refusal(error)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            return by_fault(error)
        return done(answer.data) if isinstance(answer.data, dict) else Outcome(Standing.UNKNOWN, reason="no_json")


def prompt_metadata(case_id: str, attempt: int) -> dict[str, Any]:
    """The metadata by which a question is found again in a channel's history."""
    return {"event_type": EVENT_TYPE, "event_payload": {"case_id": case_id, "attempt": attempt}}


def _case_of(message: dict[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return None
    case_id = (metadata.get("event_payload") or {}).get("case_id")
    return case_id if isinstance(case_id, str) else None


def _part(answer: Outcome[dict[str, Any]], take: Callable[[dict[str, Any]], Any]) -> Outcome[Any]:
    if answer.standing is not Standing.DONE:
        return answer
    try:
        return done(take(answer.got()))
    except (KeyError, TypeError):
        return Outcome(Standing.UNKNOWN, reason="malformed_answer")


def _refusal(error: SlackApiError) -> Outcome[dict[str, Any]]:
    answer = error.response
    if not isinstance(answer, AsyncSlackResponse):  # slack_sdk hands on aiohttp's own when the body is no JSON
        return Outcome(Standing.UNKNOWN, reason="no_json")
    data = answer.data if isinstance(answer.data, dict) else {}
    code = str(data.get("error") or f"http_{answer.status_code}")
    if answer.status_code != 200:
        return by_status(answer.status_code, code, answer.headers.get("Retry-After"))
    if code in MAY_BE_DONE:
        return Outcome(Standing.UNKNOWN, reason=code)
    return Outcome(Standing.NOT_DONE if code in TURNED_AWAY else Standing.REFUSED, reason=code)
