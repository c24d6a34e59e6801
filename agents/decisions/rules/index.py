"""Index: which rules a call could fulfil, found by a few lookups, however many rules there are.

A branch is filed under what it names exactly: event source and name; else the source and the beginnings of names;
else the source and one more field. What names nothing exactly is tried on every call. What names no event has a
gate besides: a few fields of a call's head say whether any of it could be wanted. A rule that is found by source
and name comes with the branches that name both, less these two conditions; found otherwise, it comes whole.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from agents.decisions.rules.gate import ERROR, Gate
from agents.decisions.rules.pattern import Branch, Condition
from agents.decisions.rules.reading import HIDDEN, Place, Record, place_of
from agents.decisions.rules.rule import Rule
from streams.records.head import Head

Slot = tuple[str | None, str | None]
"""An eventSource and an eventName; None where a rule leaves one open."""

SOURCE, NAME = ("eventSource",), ("eventName",)

Rules = list[Rule]

MAX_NAMED, MAX_NAME = 20_000, 200
"""So many pairs of so many characters are remembered at most: whoever invents names fills no memory."""


class Pair(NamedTuple):
    """What is known of a source and a name: the rules that name them, the gate of those that name no event."""

    rules: tuple[Rule, ...]
    gate: Gate


class RuleIndex:
    """The rules of one set, by what their branches name.

    Invariant: `candidates` holds every rule that could fire on the record, also for what it holds back; where any
    could, `lets` is true of its head.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._named: dict[Slot, dict[str, tuple[Rule, list[Branch]]]] = {}  # by both: the branches, less those
        self._slots: dict[Slot, Rules] = {}
        self._always: dict[str | None, Rules] = {}
        self._begins: dict[str | None, dict[int, dict[str, Rules]]] = {}
        self._further: dict[str | None, dict[tuple[str, ...], tuple[Condition, dict[str, Rules]]]] = {}
        self._failed: Rules = []  # rules that name neither source nor event and want an errorCode
        self._unnamed: dict[str | None, list[Branch]] = {}  # what names no event, by source
        for rule in self._rules:
            for branch in rule.match:
                self._file(rule, branch)
        for slot, rests in self._named.items():
            self._slots[slot] = [replace(rule, match=tuple(branches)) for rule, branches in rests.values()]
        common = self._unnamed.pop(None, [])
        self._gate = Gate(common)
        self._gates = {source: Gate([*common, *branches]) for source, branches in self._unnamed.items()}
        self._pairs: dict[tuple[str, str], Pair] = {}

    def _file(self, rule: Rule, branch: Branch) -> None:
        by_path = {condition.path: condition for condition in branch}
        name = by_path.get(NAME)
        for source in _texts(by_path.get(SOURCE)) or (None,):
            if names := _texts(name):
                for one in names:
                    self._file_named((source, one), rule, branch)
            elif begins := _beginnings(name):
                lengths = self._begins.setdefault(source, {})
                for one in begins:
                    _add(lengths.setdefault(len(one), {}).setdefault(one, []), rule)
            else:
                self._unnamed.setdefault(source, []).append(branch)
                self._file_unnamed(source, rule, branch)

    def _file_named(self, slot: Slot, rule: Rule, branch: Branch) -> None:
        """Where both are named, they are settled, and the rule is left with what it asks besides."""
        if slot[0] is None:
            _add(self._slots.setdefault(slot, []), rule)
            return
        rest = tuple(condition for condition in branch if condition.path not in (SOURCE, NAME))
        self._named.setdefault(slot, {}).setdefault(rule.id, (rule, []))[1].append(rest)

    def _file_unnamed(self, source: str | None, rule: Rule, branch: Branch) -> None:
        further = _further(branch)
        if source is None and _wants_error(branch) and not any(_texts(one) for one in branch if one.path == ERROR):
            _add(self._failed, rule)
        elif further is not None:
            _, texts = self._further.setdefault(source, {}).setdefault(further.path, (further, {}))
            for one in _texts(further):
                _add(texts.setdefault(one, []), rule)
        else:
            _add(self._always.setdefault(source, []), rule)

    def lets(self, head: Head) -> bool:
        """Whether any rule could fire on a record with this head; what no rule names costs a lookup or two."""
        pair = self._pair(head.event_source, head.event_name)
        return bool(pair.rules) or pair.gate.lets(head)

    def candidates(self, record: Record, head: Head | None) -> Sequence[Rule]:
        """The rules that could fire on the record, each once; it is to be read generously. `head` is its own."""
        if head is not None:
            pair = self._pair(head.event_source, head.event_name)
            if not pair.gate.lets(head):
                return pair.rules
        fields = record.fields
        source, name = fields.get("eventSource"), fields.get("eventName")
        if not isinstance(source, str) or not isinstance(name, str) or HIDDEN in {source, name}:
            return self._rules
        found: list[Sequence[Rule]] = [self._pair(source, name).rules]
        for key in (source, None):
            if (always := self._always.get(key)) is not None:
                found.append(always)
            if (further := self._further.get(key)) is not None:
                found += _by_value(record, further)
        if self._failed and fields.get("errorCode") is not None:
            found.append(self._failed)
        return _once(found)

    def _pair(self, source: str, name: str) -> Pair:
        """What source and name alone say; remembered, for AWS has some thousand such pairs."""
        known = self._pairs.get((source, name))
        if known is not None:
            return known
        if HIDDEN in {source, name}:
            pair = Pair(self._rules, self._gate)
        else:
            pair = Pair(self._naming(source, name), self._gates.get(source, self._gate))
        if len(source) + len(name) <= MAX_NAME:
            if len(self._pairs) >= MAX_NAMED:
                self._pairs.clear()
            self._pairs[source, name] = pair
        return pair

    def _naming(self, source: str, name: str) -> tuple[Rule, ...]:
        """The rules that name this event, or how its name begins; a whole one stands for one that is less."""
        found = [rules for slot in ((source, name), (None, name)) if (rules := self._slots.get(slot))]
        for key in (source, None):
            lengths = self._begins.get(key, {})
            found += [rules for size, begins in lengths.items() if (rules := begins.get(name[:size]))]
        return _once(found)


def _once(found: Iterable[Sequence[Rule]]) -> tuple[Rule, ...]:
    return tuple({rule.id: rule for rules in found for rule in rules}.values())


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
