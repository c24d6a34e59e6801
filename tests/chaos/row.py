"""Row: one fault of the report, and what is asked of a run that had it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.world import CALM_S, ROLES, World
from tests.support.product import FAST

PAGED_S = 30.0
"""I3 and I4."""


class NotPlayableError(Exception):
    """Why this machine cannot play a row."""


@dataclass(frozen=True)
class Row:
    """`inject` does the harm while calls trickle, and returns when it is over: with the seconds of the outage, if
    that is measured.

    Pages may wait for `outage_s`, or for the measured outage, and 30 s more. `nodes` is the size of the cluster;
    `roles` are started before anything else, each with what `environ` has for it. `small_disk` puts the broker's
    data on a disk of its own.
    """

    name: str
    injected: str
    inject: Callable[[World], float | None]
    outage_s: float = 0.0
    nodes: int = 1
    small_disk: bool = False
    roles: tuple[str, ...] = ROLES
    timing: dict[str, int] = field(default_factory=lambda: dict(FAST))
    calm_s: float = CALM_S
    settle_s: float = 150.0
    environ: Callable[[World, str], dict[str, str]] = lambda _world, _role: {}

    def paged_within_s(self, measured_s: float | None) -> float:
        """The longest that a page may take."""
        return max(self.outage_s, measured_s or 0.0) + PAGED_S
