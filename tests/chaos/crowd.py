"""Crowd: people of different tempers who answer questions and pushes, again until it took."""

import asyncio
from contextlib import suppress
from typing import NamedTuple

from agents.clients.interaction import NO, YES
from agents.standins.duo import DuoPerson
from agents.standins.slack_state import SlackMessage, SlackPerson
from agents.standins.together import StandIns
from tests.support.product import ACCOUNT

LOOK_S = 0.2
THINKS_S = 1.0


class Temper(NamedTuple):
    """What a person presses in Slack and taps on the phone; None is silence."""

    button: str | None
    tap: str | None = None


PEOPLE = {
    "ada": Temper(YES, "allow"),
    "barbara": Temper(YES, "allow"),
    "edsger": Temper(NO),
    "grace": Temper(YES, "allow"),
    "radia": Temper(None),
    "tony": Temper(YES, "deny"),
    "vera": Temper(YES),
    "yoko": Temper(YES, "allow"),
}


def people_yaml() -> str:
    """The directory of these people."""
    aws = {name: f'aws: {{iam: {{"{ACCOUNT}": [{name}]}}}}' for name in PEOPLE}
    lines = [
        f"  - {{id: {name}, name: {name}, slack: U0{name.upper()}, duo: {name}, {aws[name]}}}" for name in PEOPLE
    ]
    return "\n".join(["people:", *lines, "accounts:", f'  "{ACCOUNT}": {{name: production, owner: ada}}', ""])


class Crowd:
    """Lives on the stand-ins' own loop."""

    def __init__(self, standins: StandIns) -> None:
        self._standins = standins
        self._busy: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._living: asyncio.Task[None] | None = None
        for name in PEOPLE:
            standins.slack.people[f"U0{name.upper()}"] = SlackPerson(f"U0{name.upper()}", name)
            standins.duo.people[name] = DuoPerson(name)

    async def begin(self) -> None:
        """Answer from now on."""
        self._living = asyncio.create_task(self._live())

    async def end(self) -> None:
        """Nobody answers any more."""
        tasks = [*self._busy.values(), *([self._living] if self._living else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _live(self) -> None:
        while True:
            for message in self._standins.slack.messages:
                if message.button(YES) is not None and (message.channel, message.ts) not in self._busy:
                    self._busy[message.channel, message.ts] = asyncio.create_task(self._answer(message))
            for push in self._standins.duo.pushes:
                tap = PEOPLE[push.user].tap
                if push.state == "pushed" and tap is not None and ("push", push.txid) not in self._busy:
                    self._busy["push", push.txid] = asyncio.create_task(self._tap(push.txid, tap))
            await asyncio.sleep(LOOK_S)

    async def _answer(self, message: SlackMessage) -> None:
        """Press until the buttons are gone: a gateway that was dead has to be asked again."""
        button = PEOPLE[self._standins.slack.people[self._standins.slack.partner(message.channel)].name].button
        while button is not None and message.button(button) is not None:
            await asyncio.sleep(THINKS_S)
            with suppress(LookupError):  # the button went while they thought
                await self._standins.slack.click(message.channel, message.ts, button)
            await asyncio.sleep(THINKS_S)

    async def _tap(self, txid: str, tap: str) -> None:
        await asyncio.sleep(THINKS_S)
        self._standins.duo.answer(txid, tap)
