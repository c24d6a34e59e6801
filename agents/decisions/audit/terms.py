"""Terms: what a journal is judged against besides itself."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from agents.decisions.audit.secret_texts import SecretTexts
from agents.decisions.case.shelf import Shelf
from streams.records.aggregate import Aggregate
from streams.records.case import Case
from streams.records.timing import Limits

PAGED_MS = 30_000
"""What is due is paged so long after (I3, I4)."""
SLACK_MS = 120_000
"""What is due is a finding so long after: the watchdog pages after 60 s, and a page may take 30 s more."""

Wanted = Callable[[bytes, int], bool]
"""Asked with a record and when it was received (epoch milliseconds UTC)."""


class EmptyShelf(Shelf, Protocol):
    """A shelf that a replay fills."""

    @property
    def cases(self) -> Mapping[str, Case]:
        """The cases on it, by id."""

    @property
    def dirty(self) -> Mapping[str, Case]:
        """The cases that changed since `written`, by id."""

    @property
    def dirty_aggregates(self) -> Mapping[str, Aggregate]:
        """The same of aggregates."""

    def written(self) -> object:
        """What changed counts as written."""


class Folding(NamedTuple):
    """What a replay of the commands needs besides the log.

    `shelf` makes an empty shelf for a partition, given its number and how many there are; `limits` and `observe`
    are the configuration's, for the pipeline's own incidents.
    """

    shelf: Callable[[int, int], EmptyShelf]
    limits: Limits = Limits()
    observe: bool = False


class Terms(NamedTuple):
    """How to judge a run.

    `now_ms` is the log's clock, None for a run that is over: then everything must have come to its end, and
    nothing is said of real time. `speed` is how fast that clock runs. `open_allowed` excuses whatever is open.
    `wanted` says of a record whether any rule fires on it. `lateness_ms` is None without a configuration.
    `paged_within_ms` is how long a page may take, in real milliseconds, where that is not the promise: of a run
    that is over it has to be said, with the outage that the run was given. `folding` and `secrets` are what I6
    and I17 are judged by.
    `grant_wait_ms` is how long a call may wait for the grant of its session before anything is decided.
    """

    now_ms: int | None = None
    speed: float = 1.0
    slack_ms: int = SLACK_MS
    open_allowed: bool = False
    wanted: Wanted = lambda _record, _received_ms: True
    lateness_ms: int | None = None
    paged_within_ms: int | None = None
    folding: Folding | None = None
    secrets: SecretTexts = SecretTexts()
    grant_wait_ms: int = 0

    def page_ms(self) -> float | None:
        """How long a page may take by the log's clock, in milliseconds; None where nothing is said of seconds."""
        if self.paged_within_ms is None and self.now_ms is None:
            return None
        return (PAGED_MS if self.paged_within_ms is None else self.paged_within_ms) * self.speed

    def young(self, due_ms: int) -> bool:
        """Whether what was due then may still be on its way."""
        return self.now_ms is not None and self.now_ms <= due_ms + self.slack_ms * self.speed
