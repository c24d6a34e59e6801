"""Owed: the pages that the log asks for and that the pipeline did not get accepted."""

import msgspec

from agents.decisions.case.emit import aggregate_page, effect_of
from agents.decisions.case.page_text import MAX_SUMMARY
from agents.decisions.overdue import NOT_ACCEPTED, NOT_ACTED_ON, Missed, missed, page_is_late
from agents.gateway.case_view import CaseView
from agents.supervisor.aggregate_view import AggregateView, OwedPage
from streams.log.reader import TopicReader
from streams.records.case import EffectKind, OutboxItem
from streams.records.effect import Page

Late = Missed | OwedPage


class Owed:
    """Keeps what may become late in memory; it only reads, from one thread at a time."""

    def __init__(self, reader: TopicReader) -> None:
        self._cases = CaseView(reader)
        self._aggregates = AggregateView(reader)

    def late(self, now_ms: int, *, speed: float) -> list[Late]:
        """Read up to the log's end and judge: what a watchdog has to page by itself."""
        self._cases.catch_up()
        owed = self._aggregates.catch_up()
        cases: list[Late] = [*missed([*self._cases.open_cases(), *self._cases.unpaged()], now_ms, speed=speed)]
        return cases + [one for one in owed if page_is_late(one.since_ms, now_ms, speed=speed)]

    def damaged(self) -> dict[str, str]:
        """By id, the cases whose newest entry cannot be read: nobody can tell when they are due."""
        return self._cases.damaged


def late_page(late: Late) -> Page:
    """The very page that the pipeline would send, with what it missed at the end of its title."""
    if isinstance(late, Missed):
        page = effect_of(late.case, OutboxItem(EffectKind.PAGE, 1, late.case.opened_ms))
        assert isinstance(page, Page)
        return _saying(page, late.why)
    out = late.attempt == late.aggregate.sent_page
    made = aggregate_page(msgspec.structs.replace(late.aggregate, sent_page=late.attempt, sent_ms=late.since_ms))
    assert made is not None, "an owed page is one that is not accepted"
    return _saying(made, NOT_ACCEPTED if out else NOT_ACTED_ON)


def _saying(page: Page, why: str) -> Page:
    room = MAX_SUMMARY - len(why) - 3
    title = f"{page.summary[:room]} ({why})"
    return msgspec.structs.replace(page, summary=title, details={"watchdog": why, **page.details})
