"""Paging: one page handed to PagerDuty, whoever sends it: made harmless, and cut to ids where it is refused."""

import structlog

from agents.clients.outcome import Outcome, Standing
from agents.clients.pagerduty import SUMMARY_CHARS, PageContent, PagerDutyClient, minimal
from agents.texts.clean import clean

log = structlog.get_logger(__name__)
SOURCE_CHARS = 255
NAME_CHARS = 100
DETAIL_CHARS = 4_000
DETAILS = 100


async def send_page(client: PagerDutyClient, dedup_key: str, urgency: str, content: PageContent) -> Outcome[str]:
    """Trigger with the texts cleaned and cut; what PagerDuty refuses all the same goes out with ids only."""
    harmless = PageContent(
        summary=clean(content.summary, SUMMARY_CHARS) or dedup_key,
        source=clean(content.source, SOURCE_CHARS) or "countersign",
        details={
            clean(name, NAME_CHARS): clean(value, DETAIL_CHARS)
            for name, value in list(content.details.items())[:DETAILS]
        },
    )
    outcome = await client.trigger(dedup_key, urgency, harmless)
    if outcome.standing is Standing.REFUSED:
        log.error("page_refused", dedup_key=dedup_key, reason=outcome.reason)
        return await client.trigger(dedup_key, urgency, minimal(dedup_key, harmless))
    return outcome
