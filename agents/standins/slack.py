"""Slack's stand-in: the part of the Web API that the product uses, and a person's finger on the buttons."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from agents.standins import block_rules, slack_hand
from agents.standins.server import Answer, Call, StandIn
from agents.standins.slack_socket import SlackSocket
from agents.standins.slack_state import Click, SlackMessage, SlackPerson, SlackView, Version

Args = Mapping[str, Any]
TEXT_CHARS = 40_000
BLOCKS_CHARS = 13_200
TRIGGER_LIFE_MS = 3_000
MEMBERS_MAX = 1_000


class SlackError(Exception):
    """An error code of the Web API; Slack answers it with status 200."""


class SlackStandIn(StandIn):
    """A workspace with people, direct messages and one app.

    `interactions_url` is where clicks are posted; without one they go over a connected Socket Mode websocket.
    """

    service = "slack"
    team_id = "T0STANDIN"
    app_id = "A0STANDIN"
    bot_user_id = "U0STANDINBOT"
    bot_token = "xoxb-stand-in-bot"
    app_token = "xapp-stand-in-app"
    signing_secret = "stand-in-signing-secret"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.people: dict[str, SlackPerson] = {}
        self.messages: list[SlackMessage] = []
        self.views: list[SlackView] = []
        self.interactions_url: str | None = None
        self.socket = SlackSocket()
        self._directs: dict[str, str] = {}
        self._triggers: dict[str, tuple[str, int]] = {}
        self._cursors = {"": 0}
        self._last_us = 0
        self._methods: dict[str, Callable[[Args], dict[str, Any]]] = {
            "auth.test": self._auth_test,
            "conversations.open": self._conversations_open,
            "conversations.history": self._conversations_history,
            "chat.postMessage": self._chat_post,
            "chat.update": self._chat_update,
            "users.info": self._users_info,
            "users.list": self._users_list,
            "views.open": self._views_open,
            "apps.connections.open": self._connections_open,
        }

    def routes(self) -> list[web.RouteDef]:
        """Every method under /api/, and the websocket of Socket Mode."""
        return [
            web.route("*", "/api/{method}", self.serve),
            web.get("/link", self.socket.connected),
        ]

    def route_of(self, request: web.Request) -> str:
        """The Web API's method: chat.postMessage and the like."""
        return request.match_info["method"]

    async def stop(self) -> None:
        """Close the websockets too; a client connects again by itself."""
        await self.socket.close()
        await super().stop()

    def succeeded(self, answer: Answer) -> bool:
        """Slack says in the body, not by the status, whether it did the work."""
        return isinstance(answer.body, dict) and answer.body.get("ok") is True

    async def work(self, call: Call) -> Answer:
        """Check the token, then do what the method does."""
        method = self._methods.get(call.route)
        needed = self.app_token if call.route == "apps.connections.open" else self.bot_token
        if method is None:
            return _refused("unknown_method")
        if call.headers.get("Authorization") != f"Bearer {needed}":
            return _refused("invalid_auth")
        if call.args is None:
            return _refused("invalid_json")
        try:
            return Answer({"ok": True, **method(call.args)})
        except SlackError as error:
            return _refused(*error.args)

    async def click(
        self,
        channel: str,
        ts: str,
        action_id: str,
        user_id: str | None = None,
        team_id: str | None = None,
        *,
        value: str | None = None,
        app_id: str | None = None,
    ) -> Click:
        """Press a button of a message, as the person it was sent to unless `user_id` says otherwise.

        `value`, `team_id` and `app_id` replace what Slack would send: an attacker's payload. Raises LookupError
        where the message, or by now its button, is not there.
        """
        message = self.message(channel, ts)
        button = message.button(action_id)
        if button is None:
            raise LookupError(f"message {ts} has no button {action_id}")
        person = user_id or self.partner(channel)
        payload = slack_hand.block_actions(
            message,
            button if value is None else {**button, "value": value},
            user_id=person,
            team_id=team_id or self.team_id,
            app_id=app_id or self.app_id,
            trigger_id=self._trigger(person),
            now_ms=self.clock(),
        )
        click = await self.deliver(payload)
        self.changed.happened()
        return click

    async def deliver(self, payload: dict[str, Any]) -> Click:
        """Hand an interaction to the app: signed, over HTTP, or over the websocket."""
        if self.interactions_url is None:
            return Click(await self.socket.deliver(payload), None, "socket")
        return await slack_hand.post(self.interactions_url, self.signing_secret, payload, self.clock())

    def delete(self, channel: str, ts: str) -> None:
        """Take a message away, as whoever stole the bot's token could."""
        self.message(channel, ts).deleted = True
        self.changed.happened()

    def message(self, channel: str, ts: str) -> SlackMessage:
        """The message of that channel and timestamp; raises LookupError where there is none."""
        for message in self.messages:
            if (message.channel, message.ts) == (channel, ts) and not message.deleted:
                return message
        raise LookupError(f"no message {ts} in {channel}")

    def partner(self, channel: str) -> str:
        """The person a direct message channel belongs to."""
        return next(user for user, direct in self._directs.items() if direct == channel)

    def _auth_test(self, _: Args) -> dict[str, Any]:
        return {
            "url": f"{self.url}/",
            "team": "stand-in",
            "user": "countersign",
            "team_id": self.team_id,
            "user_id": self.bot_user_id,
            "bot_id": "B0STANDIN",
            "is_enterprise_install": False,
        }

    def _conversations_open(self, args: Args) -> dict[str, Any]:
        users = [user for user in str(args.get("users") or "").split(",") if user]
        if len(users) != 1:
            raise SlackError("users_list_not_supplied")
        person = self.people.get(users[0])
        if person is None:
            raise SlackError("user_not_found")
        if person.disabled:
            raise SlackError("user_disabled")
        known = person.user_id in self._directs
        channel = self._directs.setdefault(person.user_id, f"D{len(self._directs) + 1:04d}{person.user_id}")
        return {"no_op": known, "already_open": known, "channel": {"id": channel}}

    def _conversations_history(self, args: Args) -> dict[str, Any]:
        channel = self._channel(args)
        oldest, limit = float(args.get("oldest") or 0), int(args.get("limit") or 100)
        start = int(args.get("cursor") or 0)
        found = [
            message
            for message in reversed(self.messages)
            if message.channel == channel
            and not message.deleted
            and float(message.ts) > oldest
            and message.thread_ts in (None, message.ts)
        ]
        page = found[start : start + limit]
        more = start + limit < len(found)
        with_metadata = str(args.get("include_all_metadata")).lower() in ("1", "true")
        return {
            "messages": [self._shown(message, with_metadata=with_metadata) for message in page],
            "has_more": more,
            "response_metadata": {"next_cursor": str(start + limit) if more else ""},
        }

    def _shown(self, message: SlackMessage, *, with_metadata: bool) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "type": "message",
            "user": message.user,
            "bot_id": "B0STANDIN",
            "app_id": self.app_id,
            "ts": message.ts,
            "text": message.text,
            "blocks": message.blocks,
        }
        return {**shown, "metadata": message.metadata} if with_metadata and message.metadata else shown

    def _chat_post(self, args: Args) -> dict[str, Any]:
        channel, text, blocks = self._channel(args), *_content(args)
        metadata = args.get("metadata")
        if metadata is not None and not {"event_type", "event_payload"} <= dict(metadata).keys():
            raise SlackError("invalid_metadata_format")
        message = SlackMessage(
            channel, self._ts(), self.bot_user_id, text, blocks, metadata, thread_ts=args.get("thread_ts")
        )
        self.messages.append(message)
        return {"channel": channel, "ts": message.ts, "message": self._shown(message, with_metadata=True)}

    def _chat_update(self, args: Args) -> dict[str, Any]:
        channel, text, blocks = self._channel(args), *_content(args)
        try:
            message = self.message(channel, str(args.get("ts")))
        except LookupError:
            raise SlackError("message_not_found") from None
        message.versions.append(Version(self.clock(), message.text, message.blocks))
        message.text, message.blocks = text, blocks
        return {"channel": channel, "ts": message.ts, "text": text}

    def _users_info(self, args: Args) -> dict[str, Any]:
        person = self.people.get(str(args.get("user")))
        if person is None:
            raise SlackError("user_not_found")
        return {"user": self._user(person)}

    def _users_list(self, args: Args) -> dict[str, Any]:
        """A page of everybody; the cursor is opaque, and wrong ones are refused as Slack refuses them."""
        limit = int(args.get("limit") or MEMBERS_MAX)
        if not 0 < limit <= MEMBERS_MAX:
            raise SlackError("invalid_limit")
        cursor = str(args.get("cursor") or "")
        start = self._cursors.get(cursor)
        if start is None:
            raise SlackError("invalid_cursor")
        everybody = list(self.people.values())
        more = start + limit < len(everybody)
        following = f"dXNlcjp{start + limit}=" if more else ""
        self._cursors[following] = start + limit if more else 0
        members = [self._user(person) for person in everybody[start : start + limit]]
        return {"members": members, "response_metadata": {"next_cursor": following}}

    def _user(self, person: SlackPerson) -> dict[str, Any]:
        profile = {"real_name": person.real_name or person.name, "email": person.email}
        user = {"id": person.user_id, "team_id": self.team_id, "name": person.name, "deleted": person.disabled}
        marks = {"is_bot": person.bot, "is_restricted": person.restricted}
        return {**user, **marks, "tz": person.tz, "profile": profile}

    def _views_open(self, args: Args) -> dict[str, Any]:
        user_id, until_ms = self._triggers.pop(str(args.get("trigger_id")), ("", 0))
        if not user_id:
            raise SlackError("invalid_trigger_id")
        if self.clock() > until_ms:
            raise SlackError("expired_trigger_id")
        if wrong := block_rules.view_faults(args.get("view")):
            raise SlackError("invalid_arguments", wrong)
        self.views.append(SlackView(user_id, str(args["trigger_id"]), args["view"]))
        return {"view": {"id": f"V{len(self.views):08d}", **args["view"]}}

    def _connections_open(self, _: Args) -> dict[str, Any]:
        return {"url": f"{self.url.replace('http', 'ws', 1)}/link?ticket={self.socket.ticket()}"}

    def _channel(self, args: Args) -> str:
        channel = str(args.get("channel") or "")
        if channel not in self._directs.values():
            raise SlackError("channel_not_found")
        if self.people[self.partner(channel)].disabled:
            raise SlackError("is_archived")
        return channel

    def _trigger(self, user_id: str) -> str:
        trigger_id = f"{self.clock()}.{len(self._triggers)}.{user_id}"
        self._triggers[trigger_id] = (user_id, self.clock() + TRIGGER_LIFE_MS)
        return trigger_id

    def _ts(self) -> str:
        self._last_us = max(self._last_us + 1, self.clock() * 1000)
        return f"{self._last_us // 1_000_000}.{self._last_us % 1_000_000:06d}"


def _content(args: Args) -> tuple[str, list[dict[str, Any]]]:
    text, blocks = str(args.get("text") or ""), args.get("blocks") or []
    if not text and not blocks:
        raise SlackError("no_text")
    if len(text) > TEXT_CHARS:
        raise SlackError("msg_too_long")
    if isinstance(blocks, str):
        blocks = json.loads(blocks)
    if wrong := block_rules.faults(blocks):
        raise SlackError("invalid_blocks", wrong)
    if block_rules.characters(blocks) > BLOCKS_CHARS:
        raise SlackError("msg_blocks_too_long")
    return text, blocks


def _refused(code: str, messages: list[str] | None = None) -> Answer:
    details = {"response_metadata": {"messages": messages}} if messages else {}
    return Answer({"ok": False, "error": code, **details})
