"""Slack: conversations with messages, behind the product's own client."""

import random
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from agents.clients.interaction import YES
from agents.clients.patience import Patience
from agents.clients.slack import SlackClient
from tests.simulation.faults import BEHIND, LOST, Status, Vendor, Weather
from tests.simulation.life import LIFE

TIMEOUT_S = 10.0


class Posted:
    """A message; `answered`: its sender heard of it. `known` names an open fault of the product."""

    def __init__(self, at_ms: int, channel: str, ts: str, content: dict[str, Any]) -> None:
        self.at_ms, self.channel, self.ts, self.content = at_ms, channel, ts, content
        self.answered = False
        self.known: str | None = None

    @property
    def data(self) -> dict[str, Any]:
        return {"ok": True, "channel": self.channel, "ts": self.ts}

    @property
    def case_id(self) -> str | None:
        """The case that it asks about; None where it asks nothing."""
        metadata = self.content.get("metadata") or {}
        case_id: str | None = (metadata.get("event_payload") or {}).get("case_id")
        return case_id

    @property
    def sealed(self) -> str | None:
        """What its Yes button carries, while it has one."""
        for block in self.content["blocks"]:
            for element in block.get("elements", []):
                if element.get("action_id") == YES:
                    return str(element["value"])
        return None


class _Answer:
    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data


class SimSlack(Vendor):
    """What the bot's calls do. A channel is the user's id with a D in front."""

    def __init__(self, world: Any, weather: Weather) -> None:
        super().__init__(world, weather, TIMEOUT_S)
        self.posts: list[Posted] = []
        self.gone: set[str] = set()

    def client(self, rng: random.Random) -> SlackClient:
        """The product's client over this workspace."""
        made = SlackClient.__new__(SlackClient)
        made._web, made._rng, made._patience = self, rng, Patience()
        return made

    async def conversations_open(self, *, users: str) -> Any:
        if users in self.gone:
            raise _refusal(200, {"ok": False, "error": "user_not_found"})
        return await self._call("open", lambda: _Answer({"ok": True, "channel": {"id": f"D{users}"}}))

    async def conversations_history(self, *, channel: str, oldest: str, **_options: Any) -> Any:
        def read() -> _Answer:
            found = [
                {"ts": one.ts, "metadata": one.content.get("metadata")}
                for one in reversed(self.posts)
                if one.channel == channel and float(one.ts) >= float(oldest)
            ]
            return _Answer({"ok": True, "messages": found})

        return await self._call("history", read)

    async def chat_postMessage(self, *, channel: str, **content: Any) -> Any:  # noqa: N802 - Slack's name
        sender = LIFE.get()

        def post() -> Posted:
            now_ms = self.world.now_ms()
            posted = Posted(now_ms, channel, f"{now_ms / 1000:.3f}{len(self.posts):03d}", content)
            value = self.world.seal.open(posted.sealed)
            if value is not None and value.partition not in sender.owned:
                posted.known = LOST
            elif self.world.skews_ms[sender.name] < 0:
                posted.known = BEHIND
            self.posts.append(posted)
            self.world.asked(posted)
            return posted

        return await self._call("post", post)

    async def chat_update(self, *, channel: str, ts: str, **content: Any) -> Any:
        def rewrite() -> _Answer:
            for one in self.posts:
                if (one.channel, one.ts) == (channel, ts):
                    one.content = {**one.content, **content}
            return _Answer({"ok": True})

        return await self._call("update", rewrite)

    async def _call(self, route: str, execute: Any) -> Any:
        try:
            return await self.serve(route, execute)
        except Status as answer:
            raise _refusal(answer.status, {}, answer.retry_after_s) from None


def _refusal(status: int, data: dict[str, Any], retry_after_s: float | None = None) -> SlackApiError:
    headers = {"Retry-After": str(retry_after_s)} if retry_after_s is not None else {}
    made = {"client": None, "http_verb": "POST", "api_url": "", "req_args": {}}
    return SlackApiError("", AsyncSlackResponse(**made, data=data, headers=headers, status_code=status))
