"""Suspects: the rules that could fire on one record, found once for all that is asked of them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from agents.decisions.rules.reading import Readings
from agents.decisions.rules.rule import RANK, Fired, Rule, judged
from agents.decisions.rules.when import CallContext


class Suspects(NamedTuple):
    """One record and every rule that could fire on it, for some caller, age and value of what it holds back.

    `horizons` are the rule set's: a rule that has one asks for earlier calls.
    """

    record: Readings
    rules: Sequence[Rule]
    horizons: Mapping[str, int]

    def matching(self, context: CallContext) -> list[Fired]:
        """Every rule that fires for the record, the strongest first, then by id."""
        found = [one for rule in self.rules if (one := judged(rule, self.record, context)) is not None]
        return sorted(found, key=_strength) if len(found) > 1 else found

    @property
    def may_count(self) -> bool:
        """Whether any rule that asks for earlier calls could count this one."""
        return bool(self.horizons) and any(rule.id in self.horizons for rule in self.rules)

    def counting(self, context: CallContext) -> list[str]:
        """The ids of the rules that count the call: all but their conditions on earlier calls holds."""
        alone = context._replace(past=None)
        found = [rule for rule in self.rules if rule.id in self.horizons]
        return [rule.id for rule in found if judged(rule, self.record, alone) is not None]

    @property
    def depends_on_actor(self) -> bool:
        """Whether any of them that is not in shadow asks who called."""
        return any(rule.about_actor and not rule.shadow for rule in self.rules)


def _strength(one: Fired) -> tuple[int, int, str]:
    return (-RANK[one.action], -one.rule.risk, one.rule.id)
