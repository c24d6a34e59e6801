"""Crowd: the people of a benchmark, who answer every question with Yes and approve every push."""

import asyncio
import random
from collections.abc import Coroutine, Iterable
from typing import Any

from agents.clients.interaction import YES
from agents.standins.duo import DuoPerson
from agents.standins.slack_state import SlackMessage, SlackPerson
from agents.standins.together import StandIns
from benchmarks.load.staff import slack_user

LOOK_S = 0.1
ANSWER_S = (0.5, 3.0)
APPROVE_S = (0.2, 1.0)


class Crowd:
    """Everybody of the staff, with a Slack account and a phone; runs on the stand-ins' own loop."""

    def __init__(self, standins: StandIns, people: Iterable[str], seed: int) -> None:
        self._standins = standins
        self._rng = random.Random(seed)
        self._read = 0
        self._pushed = 0
        self._answers: set[asyncio.Task[None]] = set()
        self.refused = 0
        for person in people:
            standins.slack.people[slack_user(person)] = SlackPerson(slack_user(person), person)
            standins.duo.people[person] = DuoPerson(person)

    async def live(self) -> None:
        """Answer until cancelled."""
        while True:
            for message in self._standins.slack.messages[self._read :]:
                self._read += 1
                if message.button(YES) is not None:
                    self._soon(self._answer(message))
            for push in self._standins.duo.pushes[self._pushed :]:
                self._pushed += 1
                self._soon(self._approve(push.txid))
            await asyncio.sleep(LOOK_S)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, message: SlackMessage) -> None:
        await asyncio.sleep(self._rng.uniform(*ANSWER_S))
        click = await self._standins.slack.click(message.channel, message.ts, YES)
        self.refused += not click.delivered

    async def _approve(self, txid: str) -> None:
        await asyncio.sleep(self._rng.uniform(*APPROVE_S))
        self._standins.duo.answer(txid, "allow")
