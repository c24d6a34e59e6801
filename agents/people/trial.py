"""Trial: one marked question and one marked push to a person, to see that both reach them."""

import asyncio
from typing import Protocol

from msgspec import Struct

from agents.clients.duo import PushStatus, Standby
from agents.clients.outcome import Outcome, Standing, in_words
from agents.clients.slack import SlackContent
from agents.decisions.directory import Person
from streams.records.case import SlackMessage

TEXT = (
    "This is a test of Countersign. Nobody did anything in AWS. A Duo push marked as a test follows: approve it."
)
PUSHINFO = {"test": "Countersign test: please approve"}
POLL_PAUSE_S = 0.5


class Finding(Struct, frozen=True):
    """How one of the two went, in words for the operator."""

    what: str
    ok: bool
    reached: bool
    detail: str


class Slack(Protocol):
    """What a trial needs of Slack's client."""

    async def direct_channel(self, user_id: str) -> Outcome[str]:
        """The channel of the direct messages with a person."""

    async def post(self, channel: str, content: SlackContent) -> Outcome[SlackMessage]:
        """Send a message."""


class Duo(Protocol):
    """What a trial needs of Duo's client."""

    async def preauth(self, username: str) -> Outcome[Standby]:
        """Whether a user can be pushed to."""

    async def push(self, username: str, pushinfo: dict[str, str]) -> Outcome[str]:
        """Start one push."""

    async def status(self, txid: str) -> Outcome[PushStatus]:
        """What became of a push."""


async def try_person(person: Person, slack: Slack | None, duo: Duo | None, push_timeout_s: float) -> list[Finding]:
    """Send the message, then the push, and wait for its answer for at most `push_timeout_s`."""
    return [await _message(person, slack), await _push(person, duo, push_timeout_s)]


async def _message(person: Person, slack: Slack | None) -> Finding:
    if slack is None:
        return Finding("slack", ok=False, reached=True, detail="slack.bot_token is not configured")
    if person.slack is None:
        return Finding("slack", ok=False, reached=True, detail="no slack id in the people file: such calls page")
    channel = await slack.direct_channel(person.slack)
    if channel.standing is not Standing.DONE:
        return _failed("slack", channel)
    sent = await slack.post(channel.got(), SlackContent(TEXT, [_section(TEXT)]))
    if sent.standing is not Standing.DONE:
        return _failed("slack", sent)
    return Finding("slack", ok=True, reached=True, detail=f"Slack took a message to {person.slack}")


def _section(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "plain_text", "text": text}}


async def _push(person: Person, duo: Duo | None, push_timeout_s: float) -> Finding:
    if duo is None:
        return Finding("duo", ok=False, reached=True, detail="duo.api_url and its keys are not configured")
    if person.duo is None:
        return Finding("duo", ok=False, reached=True, detail="no duo name in the people file: such calls page")
    standby = await duo.preauth(person.duo)
    if standby.standing is not Standing.DONE:
        return _failed("duo", standby)
    if standby.got().result == "enroll":
        detail = (
            f'Duo knows no user "{person.duo}" with a phone: such a person cannot countersign. Large and small '
            "letters are one to Duo, a domain (user@domain) may not be"
        )
        return Finding("duo", ok=False, reached=True, detail=detail)
    if standby.got().result != "auth" or not standby.got().can_push:
        detail = f"Duo says {standby.got().result} and no push is possible: such a person cannot countersign"
        return Finding("duo", ok=False, reached=True, detail=detail)
    started = await duo.push(person.duo, PUSHINFO)
    if started.standing is not Standing.DONE:
        return _failed("duo", started)
    return await _answer(duo, started.got(), push_timeout_s)


async def _answer(duo: Duo, txid: str, push_timeout_s: float) -> Finding:
    """The person's answer; only an allow shows that the push works."""
    try:
        async with asyncio.timeout(push_timeout_s):
            while True:
                status = await duo.status(txid)
                if status.standing is Standing.REFUSED:
                    return _failed("duo", status)
                if status.standing is Standing.DONE and status.got().result != "waiting":
                    result = status.got().result
                    detail = f"the push was answered: {result}"
                    return Finding("duo", ok=result == "allow", reached=True, detail=detail)
                await asyncio.sleep(POLL_PAUSE_S)
    except TimeoutError:
        detail = f"nobody answered the push within {push_timeout_s:g} s"
        return Finding("duo", ok=False, reached=True, detail=detail)


def _failed(
    what: str, outcome: Outcome[str] | Outcome[SlackMessage] | Outcome[Standby] | Outcome[PushStatus]
) -> Finding:
    reached = outcome.standing is Standing.REFUSED
    return Finding(what, ok=False, reached=reached, detail=in_words(outcome))
