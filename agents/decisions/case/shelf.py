"""Shelf: what a decision may ask about the other cases of its partition."""

from collections.abc import Sequence
from typing import Protocol

from streams.records.aggregate import Aggregate
from streams.records.case import Case

HOUR_MS = 3_600_000


class Shelf(Protocol):
    """The cases of one partition with their indexes; everything here follows from the entries alone."""

    @property
    def partition(self) -> int:
        """The partition of `commands` whose cases these are."""

    @property
    def partitions(self) -> int:
        """How many partitions there are: account ceilings are divided by it."""

    def get(self, case_id: str) -> Case | None:
        """The case of that id."""

    def holding(self, fingerprint: bytes) -> str | None:
        """The id of the case that covers a call."""

    def collecting(self, group_key: str) -> Case | None:
        """The case of that group which still takes calls."""

    def last_frozen_ms(self, group_key: str) -> int | None:
        """When the group's last question was frozen."""

    def prompts_since(self, person: str, since_ms: int) -> int:
        """How many questions were sent out to a person since then."""

    def pages_since(self, account: str, urgency: str, since_ms: int) -> int:
        """How many pages of their own, of that urgency, an account's cases of this partition got since then."""

    def alerted_since(self, rule: str, account: str, since_ms: int) -> bool:
        """Whether an alert of this rule and account already has a page of its own since then."""

    def live_push(self, person: str, now_ms: int) -> str | None:
        """The id of a case whose push may still be on that person's phone, whatever became of the case."""

    def queued_pushes(self, person: str) -> Sequence[Case]:
        """The person's cases whose Yes waits for its push, the oldest Yes first."""

    def open_of(self, person: str) -> Sequence[Case]:
        """The person's cases that have not come to an end or an escalation."""

    def aggregate(self, aggregate_id: str) -> Aggregate | None:
        """The aggregate of that id."""

    def current_aggregate(self, scope: str) -> Aggregate | None:
        """The aggregate opened last for a ceiling."""

    def folded_into(self, aggregate_id: str) -> Sequence[Case]:
        """The cases that wait for an aggregate's page."""

    def put(self, case: Case) -> None:
        """Keep a case's new state."""

    def put_aggregate(self, aggregate: Aggregate) -> None:
        """Keep an aggregate's new state."""

    @property
    def last_src(self) -> int:
        """The highest offset that changed a case here: a message up to there is being read once more."""

    def told_at(self, src: int) -> Sequence[str]:
        """The ids of the cases of which the message at this offset told facts; it searches them all."""

    def sweep(self, before_ms: int, src: int) -> None:
        """Forget what ended before then, has nothing left to send, and was not touched from `src` on."""
