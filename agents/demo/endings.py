"""Endings: the demo played by itself to one of its four ends."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from agents.clients.interaction import NO, YES
from agents.demo.stage import Stage
from agents.demo.story import Step
from agents.standins.slack_state import SlackMessage
from streams.records.case import Case, CaseState

PATIENCE_S = 50.0
SETTLE_S = 5.0


class Ending(StrEnum):
    """How the engineer reacts."""

    VERIFIED = "verified"
    NO = "no"
    DENY = "deny"
    SILENCE = "silence"


class Script(NamedTuple):
    """What the engineer presses in Slack and on the phone, and how the case must end, for which reason."""

    click: str | None
    tap: str | None
    state: CaseState
    reason: str | None


SCRIPTS = {
    Ending.VERIFIED: Script(YES, "allow", CaseState.VERIFIED, None),
    Ending.NO: Script(NO, None, CaseState.PAGED, "denied"),
    Ending.DENY: Script(YES, "deny", CaseState.PAGED, "push_denied"),
    Ending.SILENCE: Script(None, None, CaseState.PAGED, "no_answer"),
}


class Player:
    """Plays one ending on a stage that has started, and tells each step as it happens."""

    def __init__(self, stage: Stage, ending: Ending, tell: Callable[[Step], None]) -> None:
        self._stage = stage
        self._script = SCRIPTS[ending]
        self._tell = tell
        self._told = 0
        self._clicked = False
        self._tapped = False

    async def play(self) -> bool:
        """Whether the case came to the ending that was asked for, within 50 s."""
        self._stage.opening()
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not (ended := self._ended()):
                    seen = self._stage.changed.count
                    self._tell_new()
                    await self._act()
                    if self._stage.trouble:
                        return False
                    await self._stage.changed.wait(seen, 1.0)
        except TimeoutError:
            return False
        finally:
            self._tell_new()
        await self._until_settled(ended.case_id)
        return self._as_scripted(ended)

    def _tell_new(self) -> None:
        steps = self._stage.story.steps
        for step in steps[self._told :]:
            self._tell(step)
        self._told = len(steps)

    async def _act(self) -> None:
        message = self._question()
        if message is not None and self._script.click is not None and not self._clicked:
            self._clicked = True
            await self._stage.standins.slack.click(message.channel, message.ts, self._script.click)
        pushes = self._stage.standins.duo.pushes
        if pushes and self._script.tap is not None and not self._tapped:
            self._tapped = True
            self._stage.standins.duo.answer(pushes[0].txid, self._script.tap)

    def _question(self) -> SlackMessage | None:
        messages = self._stage.standins.slack.messages
        return next((message for message in messages if message.button(YES) is not None), None)

    def _ended(self) -> Case | None:
        return next(iter(self._stage.view.ended_cases()), None)

    async def _until_settled(self, case_id: str) -> None:
        """Wait for what is still under way, at most 5 s: the question in Slack has to say how it went."""
        ends = asyncio.get_running_loop().time() + SETTLE_S
        while asyncio.get_running_loop().time() < ends:
            case = self._stage.view.get(case_id)
            if case is not None and not case.outbox:
                break
            await self._stage.changed.wait(self._stage.changed.count, 0.2)
        self._tell_new()

    def _as_scripted(self, case: Case) -> bool:
        pages = [incident.dedup_key for incident in self._stage.standins.pagerduty.incidents]
        wanted = [f"countersign-{case.case_id}"] if self._script.state is CaseState.PAGED else []
        reason = self._script.reason
        return case.state is self._script.state and pages == wanted and (reason is None or case.reason == reason)
