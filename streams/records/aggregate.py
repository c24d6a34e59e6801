"""Aggregate: one page that stands for many cases beyond a ceiling."""

from msgspec import Struct


class Aggregate(Struct, frozen=True):
    """Cases of one urgency, folded by one ceiling in one partition for ten minutes.

    `page` numbers the page that is being collected, `sent_page` the last one emitted, `accepted_page` the last
    that PagerDuty accepted. A case with fold.page <= accepted_page is reported. `samples` lists the first
    twenty cases in words; `count` counts all of them, `waiting` those on the page that is being collected.
    """

    aggregate_id: str
    scope: str
    partition: int
    opened_ms: int
    seq: int
    src: int
    page: int
    sent_page: int
    accepted_page: int
    count: int
    waiting: int
    samples: list[str]
    sent_ms: int | None = None
    urgency: str = "high"
    v: int = 1
