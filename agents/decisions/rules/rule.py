"""Rule: what a call must be, and what happens then."""

from typing import Any

from msgspec import Struct

from agents.decisions.asking import AskPolicy
from agents.decisions.rules.pattern import Branch
from agents.decisions.rules.reading import Readings, Record, fulfils
from agents.decisions.rules.when import CallContext, When, past_holds, when_holds
from streams.records.verdict import Action

GUARD_PREFIX = "countersign.guard."
"""Rules of these ids watch Countersign's own eyes; no other rule may replace them or take such an id."""

RANK = {Action.LOG: 0, Action.NOTIFY: 1, Action.ALERT: 2}
"""Actions by strength."""


class Rule(Struct, frozen=True):
    """One rule, compiled: any branch of `match`, no branch of `unless`, and all of `when`.

    `ask` says whom to ask by confidence, before the account does. `timing` and `limits` override the
    configuration's keys of those sections, in the units their names say.
    `risk` orders calls, the riskiest first: the action counts before the rule's own risk (0 to 9).
    A rule in `shadow` is recorded and decides nothing.
    `patterns` and `exceptions` are `match` and `except` as they were written.
    """

    id: str
    title: str
    action: Action
    because: str
    match: tuple[Branch, ...]
    unless: tuple[Branch, ...] = ()
    when: When | None = None
    group_by: list[str] = []
    timing: dict[str, int] = {}
    limits: dict[str, int] = {}
    ask: AskPolicy = {}
    runbook: str = ""
    guard: bool = False
    shadow: bool = False
    risk: int = 0
    patterns: list[Any] = []
    exceptions: list[Any] = []

    @property
    def about_actor(self) -> bool:
        """Whether it asks who called."""
        return self.when is not None and self.when.actor is not None

    def could_fire(self, record: Readings) -> bool:
        """Whether it would fire for some value of what the record holds back, and for some caller and age."""
        return fulfils(record.generous, self.match) and not (self.unless and fulfils(record.strict, self.unless))

    def fires(self, record: Readings, context: CallContext) -> bool:
        """Whether it, which could fire, does so for the record as it stands."""
        return (record.whole or self._matches(record.exact)) and self._when_holds(
            record, context, blanks_match=False
        )

    def _matches(self, record: Record) -> bool:
        return fulfils(record, self.match) and not (self.unless and fulfils(record, self.unless))

    def fires_capped(self, record: Readings, context: CallContext) -> bool:
        """Whether it, which could fire, would but for a value that is hidden, cut off, or not recorded."""
        return self._when_holds(record, context, blanks_match=True)

    def _when_holds(self, record: Readings, context: CallContext, *, blanks_match: bool) -> bool:
        return self.when is None or (
            when_holds(self.when, record.fields, context, blanks_match=blanks_match)
            and past_holds(self.when, self.id, context)
        )


class Fired(Struct, frozen=True):
    """A rule that fires for a call; `capped` when a value it needs is held back by the record."""

    rule: Rule
    action: Action
    capped: bool
    why: str


def fired(rule: Rule, record: Readings, context: CallContext) -> Fired | None:
    """What the rule makes of the call; a capped rule does not exceed notify, unless it is a guard."""
    return judged(rule, record, context) if rule.could_fire(record) else None


def judged(rule: Rule, record: Readings, context: CallContext) -> Fired | None:
    """The same of a rule that is known to be one that could fire."""
    if rule.fires(record, context):
        return Fired(rule, rule.action, capped=False, why=rule.because)
    if rule.fires_capped(record, context):
        action = rule.action if rule.guard else min(rule.action, Action.NOTIFY, key=RANK.__getitem__)
        why = f"{rule.because} (a value that decides this is not in the record, so it counts as fulfilled)"
        return Fired(rule, action, capped=True, why=why)
    return None
