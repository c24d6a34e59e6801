"""RuleSet: all rules in force; a call costs what the rules cost that it could fulfil, however many there are."""

from collections.abc import Iterable, Mapping
from typing import Any

from agents.decisions.rules.index import NAME, SOURCE, RuleIndex, Slot
from agents.decisions.rules.pattern import Branch
from agents.decisions.rules.reading import Readings, fulfils
from agents.decisions.rules.rule import RANK, Fired, Rule
from agents.decisions.rules.suspects import Suspects
from agents.decisions.rules.when import CallContext
from streams.records.head import head_of
from streams.records.verdict import Action


class RuleSet:
    """The rules of one version: user rules, pack and guards alike.

    `horizons` say of each rule that asks for earlier calls how far back it looks, in milliseconds.
    Invariant: `may_match` is true for every record that `matching` could fire on, whoever called and when, and
    `may_concern` of its head.
    """

    def __init__(self, rules: Iterable[Rule], version: str) -> None:
        self.rules = tuple(rules)
        self.version = version
        self._index = RuleIndex(self.rules)
        self._candidates = self._index.candidates
        self.may_concern = self._index.lets
        """Whether any rule could fire on a record with this head."""
        self._by_source: dict[str | None, list[Rule]] = {}
        self._by_name: dict[str | None, list[Rule]] = {}
        backs = ((rule.id, rule.when.looks_back_ms) for rule in self.rules if rule.when is not None)
        self.horizons = {rule_id: back_ms for rule_id, back_ms in backs if back_ms}
        self._about_actors = any(rule.about_actor and not rule.shadow for rule in self.rules)
        for rule in self.rules:
            slots = {slot for branch in rule.match for slot in _slots(branch)}
            for source in {source for source, _ in slots}:
                self._by_source.setdefault(source, []).append(rule)
            for name in {name for _, name in slots}:
                self._by_name.setdefault(name, []).append(rule)

    def suspects(self, fields: Mapping[str, Any], *, whole: bool = False) -> Suspects:
        """The rules that could fire for the record, for whoever asks more than one thing of them.

        `whole` says that none of its values is held back.
        """
        record = Readings(fields, whole=whole)
        candidates = self._candidates(record.generous, head_of(fields))
        rules = [rule for rule in candidates if rule.could_fire(record)]
        return Suspects(record, rules, self.horizons)

    def matching(self, fields: Mapping[str, Any], context: CallContext) -> list[Fired]:
        """Every rule that fires for the record, the strongest first, then by id."""
        return self.suspects(fields).matching(context)

    def may_match(self, fields: Mapping[str, Any]) -> bool:
        """Whether any rule could fire for the record, for some caller, age and value of what it holds back."""
        head = head_of(fields)
        if head is not None and not self.may_concern(head):
            return False
        record = Readings(fields)
        for rule in self._candidates(record.generous, head):  # noqa: SIM110 - asked of every call; any() costs more
            if rule.could_fire(record):
                return True
        return False

    def depends_on_actor(self, fields: Mapping[str, Any]) -> bool:
        """Whether any rule that could fire for the record, and is not in shadow, asks who called."""
        return self._about_actors and self.suspects(fields).depends_on_actor

    def named(self, event_source: str | None, event_name: str | None, *, guards: bool = False) -> Action | None:
        """The strongest action of any rule, or guard rule, that names that event; for a body that cannot be read.

        Where one of the two is None it may be anything: what a rule says of the other alone decides.
        """
        if event_source is None and event_name is None:
            return None
        record = Readings({"eventSource": event_source, "eventName": event_name}).exact
        known = [path for path, value in ((SOURCE, event_source), (NAME, event_name)) if value is not None]
        actions = [
            rule.action
            for rule in self._about(event_source, event_name)
            if (rule.guard or not guards) and not rule.shadow
            if any(fulfils(record, (naming,)) for branch in rule.match if (naming := _naming(branch, known)))
        ]
        return max(actions, key=RANK.__getitem__, default=None)

    def _about(self, source: str | None, name: str | None) -> Iterable[Rule]:
        """The rules that may name a pair of which at least half is known."""
        index, value = (self._by_name, name) if source is None else (self._by_source, source)
        return [*index.get(value, []), *(index.get(None, []) if value is not None else [])]


def _slots(branch: Branch) -> Iterable[Slot]:
    exact = {condition.path: condition.exact for condition in branch}
    sources: Iterable[str | None] = exact.get(SOURCE) or (None,)
    names: list[str | None] = [*(exact.get(NAME) or (None,))]
    return [(source, name) for source in sources for name in names]


def _naming(branch: Branch, known: list[tuple[str]]) -> Branch | None:
    """What the branch asks of those that are known; None where it asks nothing of the last of them."""
    naming = tuple(condition for condition in branch if condition.path in known)
    return naming if any(condition.path == known[-1] for condition in naming) else None
