"""People: what they click in Slack and tap on their phones, and the door their clicks come in by."""

import asyncio
import random
from typing import Any

from agents.clients.interaction import NO, YES, Reply, read_interaction
from streams.records.codec import to_wire
from streams.records.command import CommandFrame
from streams.shell.message import Send
from streams.topics import Topic
from tests.simulation.company import TIMING
from tests.simulation.duo import Pushed
from tests.simulation.slack import Posted

TEAM, APP = "T1", "A1"
STRANGER = "U0STRANGER"
WAYS = {
    "yes": 40,
    "no": 10,
    "silence": 10,
    "late": 8,
    "twice": 6,
    "changed": 10,
    "stranger": 6,
    "stranger_first": 4,
    "forged": 3,
    "other_team": 3,
}
TAPS = {"allow": 60, "deny": 10, "fraud": 8, "nothing": 14, "last_moment": 8}


class People:
    """Everybody who answers. `clicks` holds what the gateway took, `taps` what was tapped."""

    def __init__(self, world: Any, rng: random.Random) -> None:
        self._world, self._rng = world, rng
        self.clicks: list[tuple[int, Any]] = []
        self.waiting = 0

    def asked(self, posted: Posted) -> None:
        """A message arrived; who is asked makes up their mind."""
        if posted.sealed is None:
            return
        way = self._choose(WAYS)
        self._world.covered("answer", way)
        user, soon_s = posted.channel[1:], self._rng.uniform(1.0, TIMING.prompt_timeout_ms / 1000)
        soon_s = soon_s if self._rng.random() < 0.5 else self._rng.uniform(1.0, 15.0)
        late_s = TIMING.prompt_timeout_ms / 1000 + self._rng.uniform(-1.0, 40.0)
        then_s = soon_s + self._rng.uniform(0.5, 80.0)
        clicks = {
            "yes": [(soon_s, user, YES)],
            "no": [(soon_s, user, NO)],
            "late": [(late_s, user, self._rng.choice((YES, NO)))],
            "twice": [(soon_s, user, YES), (soon_s + 0.3, user, YES)],
            "changed": [(soon_s, user, YES), (then_s, user, NO)],
            "stranger": [(soon_s, STRANGER, self._rng.choice((YES, NO)))],
            "stranger_first": [(soon_s, STRANGER, YES), (then_s, user, YES)],
            "forged": [(soon_s, user, "forged")],
            "other_team": [(soon_s, user, "other_team")],
        }.get(way, [])
        for after_s, who, what in clicks:
            self._later(after_s, self._click(posted, posted.sealed, who, what))

    def pushed(self, pushed: Pushed) -> None:
        """A push arrived on a phone."""
        tap = self._choose(TAPS)
        self._world.covered("tap", tap)
        if tap == "nothing":
            return
        after_s = self._rng.uniform(20.0, 59.9) if tap == "last_moment" else self._rng.uniform(0.5, 25.0)
        result = "allow" if tap == "last_moment" else tap
        loop = asyncio.get_running_loop()
        loop.call_later(after_s, lambda: pushed.end(result, self._world.now_ms()))

    def _choose(self, weights: dict[str, int]) -> str:
        return self._rng.choices(list(weights), list(weights.values()))[0]

    def _later(self, after_s: float, click: Any) -> None:
        self.waiting += 1

        async def wait() -> None:
            await asyncio.sleep(after_s)
            await click
            self.waiting -= 1

        self._world.keep(wait())

    async def _click(self, posted: Posted, sealed: str, user: str, what: str) -> None:
        """Press; when Slack shows that it failed, press again."""
        value = sealed[:-1] + ("0" if sealed[-1] != "0" else "1") if what == "forged" else sealed
        team = "T2" if what == "other_team" else TEAM
        action = what if what in {YES, NO} else YES
        payload = {
            "type": "block_actions",
            "team": {"id": TEAM},
            "user": {"id": user, "team_id": team},
            "api_app_id": APP,
            "channel": {"name": "directmessage"},
            "container": {"channel_id": posted.channel, "message_ts": posted.ts},
            "actions": [{"action_id": action, "value": value, "action_ts": "1"}],
        }
        reply = read_interaction(payload, team_id=TEAM, app_id=APP, seal=self._world.seal)
        if not isinstance(reply, Reply):
            self._world.note(f"{user} presses {what}: {reply.reason}")
            return
        while not await self._taken(reply):
            self._world.covered("fault", "gateway")
            await asyncio.sleep(self._rng.uniform(1.0, 5.0))

    async def _taken(self, reply: Reply) -> bool:
        """Whether Slack hears a 200; the gateway may die before it wrote the answer down, or after."""
        luck = self._rng.random()
        await asyncio.sleep(self._rng.uniform(0.02, 0.4))
        if luck < 0.03:
            return False
        self.clicks.append((self._world.now_ms(), reply.answered))
        self._world.note(f"{reply.answered.user_id} presses {reply.answered.answer}")
        value = to_wire(CommandFrame([reply.answered]))
        self._world.log.append(Send(Topic.COMMANDS, reply.actor_key.encode(), value, reply.partition))
        return luck > 0.06
