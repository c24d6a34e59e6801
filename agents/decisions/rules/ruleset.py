"""RuleSet: all rules in force, indexed so that a call no rule can match costs a few dictionary lookups."""

from collections.abc import Iterable, Mapping
from typing import Any

from agents.decisions.rules.pattern import Branch
from agents.decisions.rules.reading import fulfils, readings
from agents.decisions.rules.rule import RANK, CallContext, Fired, Rule, fired
from streams.records.verdict import Action

Slot = tuple[str | None, str | None]
"""An eventSource and an eventName; None where a rule leaves one open."""

_SOURCE, _NAME, _ERROR = ("eventSource",), ("eventName",), ("errorCode",)
_ANY: Slot = (None, None)


class RuleSet:
    """The rules of one version: user rules, pack and guards alike.

    Invariant: `may_match` is true for every record that `matching` could fire on, whoever called and when.
    """

    def __init__(self, rules: Iterable[Rule], version: str) -> None:
        self.rules = tuple(rules)
        self.version = version
        self._slots: dict[Slot, list[Rule]] = {}
        self._by_source: dict[str | None, list[Rule]] = {}
        self._by_name: dict[str | None, list[Rule]] = {}
        self._about_actors = any(rule.about_actor for rule in self.rules)
        self._failed: list[Rule] = []  # rules that name neither source nor event and want an errorCode
        for rule in self.rules:
            slots = {slot for branch in rule.match for slot in _slots(branch)}
            if _ANY in slots and all(_wants_error(branch) for branch in rule.match):
                self._failed.append(rule)
                slots.discard(_ANY)
            for slot in slots:
                self._slots.setdefault(slot, []).append(rule)
            for source in {source for source, _ in slots}:
                self._by_source.setdefault(source, []).append(rule)
            for name in {name for _, name in slots}:
                self._by_name.setdefault(name, []).append(rule)

    def matching(self, fields: Mapping[str, Any], context: CallContext) -> list[Fired]:
        """Every rule that fires for the record, the strongest first, then by id."""
        record = readings(fields)
        found = [one for rule in self._candidates(fields) if (one := fired(rule, record, context))]
        return sorted(found, key=_strength)

    def may_match(self, fields: Mapping[str, Any]) -> bool:
        """Whether any rule could fire for the record, for some caller, age and value of what it holds back."""
        record = readings(fields)
        return any(rule.could_fire(record) for rule in self._candidates(fields))

    def depends_on_actor(self, fields: Mapping[str, Any]) -> bool:
        """Whether any rule that could fire for the record asks who called."""
        if not self._about_actors:
            return False
        record = readings(fields)
        return any(rule.about_actor and rule.could_fire(record) for rule in self._candidates(fields))

    def named(self, event_source: str | None, event_name: str | None, *, guards: bool = False) -> Action | None:
        """The strongest action of any rule, or guard rule, that names that event; for a body that cannot be read.

        Where one of the two is None it may be anything: what a rule says of the other alone decides.
        """
        if event_source is None and event_name is None:
            return None
        record = readings({"eventSource": event_source, "eventName": event_name}).exact
        known = [path for path, value in ((_SOURCE, event_source), (_NAME, event_name)) if value is not None]
        actions = [
            rule.action
            for rule in self._about(event_source, event_name)
            if rule.guard or not guards
            if any(fulfils(record, (naming,)) for branch in rule.match if (naming := _naming(branch, known)))
        ]
        return max(actions, key=RANK.__getitem__, default=None)

    def _about(self, source: str | None, name: str | None) -> Iterable[Rule]:
        """The rules that may name a pair of which at least half is known."""
        if source is not None and name is not None:
            return self._candidates({"eventSource": source, "eventName": name})
        index, value = (self._by_name, name) if source is None else (self._by_source, source)
        return [*index.get(value, []), *(index.get(None, []) if value is not None else [])]

    def _candidates(self, fields: Mapping[str, Any]) -> Iterable[Rule]:
        source, name = fields.get("eventSource"), fields.get("eventName")
        if not isinstance(source, str) or not isinstance(name, str):
            return self.rules
        slots = self._slots
        found = [
            rules for slot in ((source, name), (source, None), (None, name), _ANY) if (rules := slots.get(slot))
        ]
        if self._failed and fields.get("errorCode") is not None:
            found.append(self._failed)
        if len(found) == 1:
            return found[0]
        return {rule.id: rule for rules in found for rule in rules}.values()


def _strength(one: Fired) -> tuple[int, int, str]:
    return (-RANK[one.action], -one.rule.risk, one.rule.id)


def _wants_error(branch: Branch) -> bool:
    wanted = [condition for condition in branch if condition.path == _ERROR and not condition.absent]
    return any(not any(test(None) for test in condition.tests) for condition in wanted)


def _slots(branch: Branch) -> Iterable[Slot]:
    exact = {condition.path: condition.exact for condition in branch}
    sources: Iterable[str | None] = exact.get(_SOURCE) or (None,)
    names: list[str | None] = [*(exact.get(_NAME) or (None,))]
    return [(source, name) for source in sources for name in names]


def _naming(branch: Branch, known: list[tuple[str]]) -> Branch | None:
    """What the branch asks of those that are known; None where it asks nothing of the last of them."""
    naming = tuple(condition for condition in branch if condition.path in known)
    return naming if any(condition.path == known[-1] for condition in naming) else None
