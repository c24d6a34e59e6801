"""In force: what this process judges and filters by just now; readers ask anew each time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import structlog

from agents.decisions.judge import Policy
from agents.decisions.rules.rule import RANK
from agents.decisions.versions import Stamp
from agents.metrics import RULES_CHANGES, RULES_VERSION
from agents.policy import Judging
from agents.sources import wanted_of
from streams.clock import uptime_ms
from streams.records.verdict import Action

log = structlog.get_logger(__name__)
T = TypeVar("T")
MOST_STAMPS = 100


class InForce:
    """The version that triage judges by. It changes between two messages, never within one."""

    def __init__(self, judging: Judging) -> None:
        self.judging = judging
        self.stamps: dict[str, Stamp] = {}

    def policy(self) -> Policy:
        """The policy to judge the next message by."""
        return self.judging.policy

    def account_name(self, number: str) -> str:
        """What the directory in force calls an account."""
        return self.judging.policy.directory.account_name(number)

    def take(self, judging: Judging) -> None:
        """Judge by another version from the next message on."""
        log.info("rules_in_force", version=judging.policy.version, before=self.judging.policy.version)
        self.judging = judging
        RULES_CHANGES.inc()
        self.said()

    def stamp(self, version: str) -> None:
        """Note what a frame says that its bridge filtered by."""
        now_ms = uptime_ms()
        known = self.stamps.get(version)
        if known is not None or len(self.stamps) < MOST_STAMPS:
            self.stamps[version] = Stamp(now_ms if known is None else known.first_ms, now_ms)

    def said(self) -> None:
        """Tell Prometheus which version it is."""
        RULES_VERSION.clear()
        RULES_VERSION.labels(self.judging.policy.version).set(1)


class LiveFilter:
    """A bridge's filter over several versions: what any of them wants passes.

    While `may_drop` says no, everything passes: triage judges anew what a bridge let through, so that costs time
    and loses nothing.
    """

    def __init__(self, policies: Sequence[Policy], may_drop: Callable[[], bool] = lambda: True) -> None:
        self._may_drop = may_drop
        self._everything = False
        self._wanted = [wanted_of(policy) for policy in policies]
        self.rules_version = policies[-1].version

    def go_by(self, policies: Sequence[Policy], newest: str, *, everything: bool = False) -> None:
        """Filter by these from the next call on; by nothing at all where one of them is not to be had here."""
        self._wanted = [wanted_of(policy) for policy in policies]
        self._everything = everything
        self.rules_version = newest

    def passes_all(self) -> bool:
        """Whether nothing is left out just now."""
        return self._everything or not self._may_drop()

    def may_match(self, fields: Mapping[str, Any]) -> bool:
        """Whether any rule of any version could want a decoded record."""
        return any(one.may_match(fields) for one in self._wanted) or self.passes_all()

    def sensitive(self, source: str | None, name: str | None) -> str | None:
        """The strongest action that any version gives an unreadable call of that name."""
        actions = [Action(action) for one in self._wanted if (action := one.sensitive(source, name)) is not None]
        return str(max(actions, key=RANK.__getitem__)) if actions else None


class Live(Mapping[str, T]):
    """A mapping that is read anew whenever the version has changed."""

    def __init__(self, in_force: InForce, read: Callable[[Judging], Mapping[str, T]]) -> None:
        self._in_force = in_force
        self._read = read
        self._of: Judging | None = None
        self._now: Mapping[str, T] = {}

    def _current(self) -> Mapping[str, T]:
        if self._of is not self._in_force.judging:
            self._of, self._now = self._in_force.judging, self._read(self._in_force.judging)
        return self._now

    def __getitem__(self, key: str) -> T:
        return self._current()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._current())

    def __len__(self) -> int:
        return len(self._current())
