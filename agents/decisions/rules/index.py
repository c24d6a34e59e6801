"""Index: which rules a call could fulfil, found by a few lookups, however many rules there are.

A branch is filed under what it names exactly: event source and name; else the source and the beginnings of names;
else the source and one more field. What names nothing exactly is tried on every call.
"""

from collections.abc import Iterable

from agents.decisions.rules.pattern import Branch, Condition
from agents.decisions.rules.reading import HIDDEN, Place, Record, place_of
from agents.decisions.rules.rule import Rule

Slot = tuple[str | None, str | None]
"""An eventSource and an eventName; None where a rule leaves one open."""

SOURCE, NAME, ERROR = ("eventSource",), ("eventName",), ("errorCode",)
_ANY: Slot = (None, None)

Rules = list[Rule]

MAX_NAMED, MAX_NAME = 20_000, 200
"""So many pairs of so many characters are remembered at most: whoever invents names fills no memory."""


class RuleIndex:
    """The rules of one set, by what their branches name.

    Invariant: `candidates` holds every rule that could fire on the record, also for what it holds back.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._slots: dict[Slot, Rules] = {}
        self._begins: dict[str | None, dict[int, dict[str, Rules]]] = {}
        self._further: dict[str | None, dict[tuple[str, ...], tuple[Condition, dict[str, Rules]]]] = {}
        self._named: dict[tuple[str, str], list[Rules]] = {}
        self._failed: Rules = []  # rules that name neither source nor event and want an errorCode
        for rule in self._rules:
            for branch in rule.match:
                self._file(rule, branch)

    def _file(self, rule: Rule, branch: Branch) -> None:
        by_path = {condition.path: condition for condition in branch}
        name = by_path.get(NAME)
        for source in _texts(by_path.get(SOURCE)) or (None,):
            if names := _texts(name):
                for one in names:
                    _add(self._slots.setdefault((source, one), []), rule)
            elif begins := _beginnings(name):
                lengths = self._begins.setdefault(source, {})
                for one in begins:
                    _add(lengths.setdefault(len(one), {}).setdefault(one, []), rule)
            elif source is None and _wants_error(branch) and not _texts(by_path.get(ERROR)):
                _add(self._failed, rule)
            elif (further := _further(branch)) is not None:
                _, texts = self._further.setdefault(source, {}).setdefault(further.path, (further, {}))
                for one in _texts(further):
                    _add(texts.setdefault(one, []), rule)
            else:
                _add(self._slots.setdefault((source, None), []), rule)

    def candidates(self, record: Record) -> Iterable[Rule]:
        """The rules that could fire on the record, each once; it is to be read generously."""
        fields = record.fields
        source, name = fields.get("eventSource"), fields.get("eventName")
        if not isinstance(source, str) or not isinstance(name, str) or HIDDEN in {source, name}:
            return self._rules
        found = self._by_name(source, name)
        for key in (source, None):
            if (further := self._further.get(key)) is not None:
                found = [*found, *_by_value(record, further)]
        if self._failed and fields.get("errorCode") is not None:
            found = [*found, self._failed]
        if len(found) == 1:
            return found[0]
        return {rule.id: rule for rules in found for rule in rules}.values()

    def _by_name(self, source: str, name: str) -> list[Rules]:
        """What source and name alone say; remembered, for AWS has some thousand such pairs."""
        found = self._named.get((source, name))
        if found is not None:
            return found
        slots = ((source, name), (source, None), (None, name), _ANY)
        found = [rules for slot in slots if (rules := self._slots.get(slot))]
        for key in (source, None):
            lengths = self._begins.get(key, {})
            found += [rules for size, begins in lengths.items() if (rules := begins.get(name[:size]))]
        if len(source) + len(name) <= MAX_NAME:
            if len(self._named) >= MAX_NAMED:
                self._named.clear()
            self._named[source, name] = found
        return found


def _by_value(
    record: Record, further: dict[tuple[str, ...], tuple[Condition, dict[str, Rules]]]
) -> Iterable[Rules]:
    """The rules that want the very value which stands in their field; all, where it may be any value."""
    for condition, texts in further.values():
        value = place_of(record, condition)
        if isinstance(value, str):
            if (rules := texts.get(value)) is not None:
                yield rules
        elif value is Place.BLANK or value is Place.ARRAY:
            yield from texts.values()


def _add(rules: Rules, rule: Rule) -> None:
    if not rules or rules[-1] is not rule:
        rules.append(rule)


def _texts(condition: Condition | None) -> frozenset[str]:
    """What a field must be exactly; empty where that is not all."""
    return condition.exact or frozenset() if condition is not None and not condition.absent else frozenset()


def _beginnings(condition: Condition | None) -> frozenset[str]:
    if condition is None or condition.absent or condition.begins is None or "" in condition.begins:
        return frozenset()
    return condition.begins


def _further(branch: Branch) -> Condition | None:
    """Another field by which the branch is found."""
    others = (condition for condition in branch if condition.path not in (SOURCE, NAME))
    return next((condition for condition in others if _texts(condition)), None)


def _wants_error(branch: Branch) -> bool:
    wanted = [condition for condition in branch if condition.path == ERROR and not condition.absent]
    return any(not any(test(None) for test in condition.tests) for condition in wanted)
