"""Pager: pages by PagerDuty until it answers 202. Nothing of Slack, Duo or Elasticsearch can hold it up."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import msgspec
import structlog

from agents.clients.outcome import Outcome, Standing
from agents.clients.pagerduty import PageContent, PagerDutyClient
from agents.decisions.case.page_text import MAX_SUMMARY
from agents.effect_tasks import EffectTasks, Report, read_effect
from agents.paging import send_page
from streams.clock import Clock
from streams.records.case import EffectKind
from streams.records.command import Command, EffectFailed, PageAccepted
from streams.records.effect import Page
from streams.shell.message import Message, Send

log = structlog.get_logger(__name__)
WIDTH = 2
"""Pages at a time of one source: a flood of one account leaves room for the others."""
LANES = 64
OTHERS = "others"
About = Callable[[Page], Mapping[str, str]]
"""What this deployment adds to a page's details: the runbooks of its rules, the link to the case."""
ACCOUNT = "account"
"""The detail that names the page's account; the title names it likewise, as the question did."""
_PAGES = msgspec.json.Decoder(Page)


class Pager:
    """Does Page effects. A failure is told and never final: the case emits its page for ever.

    Without a client (PagerDuty is not configured) every page fails, visibly, with that reason.
    """

    def __init__(
        self,
        *,
        client: PagerDutyClient | None,
        report: Report,
        clock: Clock,
        about: About = lambda _: {},
    ) -> None:
        self._client = client
        self._about = about
        self._clock = clock
        self._report = report
        self._lanes: dict[str, EffectTasks] = {}

    async def stop(self) -> None:
        """Drop what is in hand."""
        await asyncio.gather(*(lane.stop() for lane in self._lanes.values()))

    async def idle(self) -> None:
        """Wait until nothing is in hand."""
        await asyncio.gather(*(lane.idle() for lane in self._lanes.values()))

    def _lane(self, source: str) -> EffectTasks:
        """The tasks of one source; when there are too many sources, the rest share one."""
        name = source if source in self._lanes or len(self._lanes) < LANES else OTHERS
        if name not in self._lanes:
            self._lanes[name] = EffectTasks("pager", self._report, width=WIDTH)
        return self._lanes[name]

    def handle(self, message: Message) -> list[Send]:
        """Take one message of `effects-page`."""
        effect = read_effect(_PAGES, message, self._clock)
        if isinstance(effect, Send):
            return [effect]
        page_id = f"{effect.subject}:{effect.attempt}"
        self._lane(effect.source).begin(page_id, effect.partition, effect.actor_key, lambda: self._page(effect))
        return []

    async def _page(self, effect: Page) -> Sequence[Command]:
        outcome = await self._send(effect)
        if outcome.standing is Standing.DONE:
            return [PageAccepted(effect.subject, effect.attempt, at_ms=self._clock())]
        log.warning("page_not_accepted", subject=effect.subject, reason=outcome.reason)
        return [EffectFailed(effect.subject, EffectKind.PAGE, effect.attempt, outcome.reason, final=False)]

    async def _send(self, effect: Page) -> Outcome[str]:
        if self._client is None:
            return Outcome(Standing.REFUSED, reason="pagerduty_not_configured")
        notes = self._about(effect)
        content = PageContent(_titled(effect, notes.get(ACCOUNT)), effect.source, {**effect.details, **notes})
        return await send_page(self._client, effect.dedup_key, effect.urgency, content)


def _titled(page: Page, account: str | None) -> str:
    """The page's title with the account's name in place of its number."""
    if account is None:
        return page.summary
    return page.summary.replace(f" in account {page.source}: ", f" in {account}: ", 1)[:MAX_SUMMARY]
