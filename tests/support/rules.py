"""Rules for tests: one-line makers of rules and rule sets, and a naive reading of the pattern language."""

import ipaddress
import itertools
from pathlib import Path

from agents.decisions.rules import CallContext, Rule, RuleSet
from agents.decisions.rules.pattern import parse_pattern
from agents.decisions.rules.reading import Readings, fulfils
from streams.records.verdict import Action

SHARED = Path(__file__).parent.parent.parent.parent / "shared" / "data"
"""Public data sets that are no part of the project; tests that read them skip where they are absent."""


def matches(pattern, record) -> bool:
    """Whether a record fulfils one pattern, as the compiled matcher sees it."""
    parsed = parse_pattern(pattern)
    assert not parsed.mistakes, parsed.mistakes
    return fulfils(Readings(record).exact, parsed.branches)


def mistakes(pattern) -> list[str]:
    """What is wrong with a pattern, in words."""
    return [mistake.message for mistake in parse_pattern(pattern).mistakes]


def rule(match, *, unless=(), rule_id="team.rule", action=Action.ALERT, **changes) -> Rule:
    """A rule of one or more patterns."""
    return Rule(
        id=rule_id, title="A rule", action=action, because="it matters",
        match=_branches(match), unless=_branches(unless), **changes,
    )  # fmt: skip


def _branches(patterns):
    listed = patterns if isinstance(patterns, list | tuple) else [patterns]
    parsed = [parse_pattern(pattern) for pattern in listed]
    assert not any(one.mistakes for one in parsed), parsed
    return tuple(branch for one in parsed for branch in one.branches)


def actions(rules, record, context=CallContext()) -> dict[str, str]:  # noqa: B008 - a constant
    """What each rule makes of a record, by id; capped ones are marked with a star."""
    found = RuleSet(rules, "v").matching(record, context)
    return {one.rule.id: f"{one.action}{'*' if one.capped else ''}" for one in found}


# A second reading of the language, straight from AWS's description and with no thought for speed: the record
# becomes every combination of one element per array, and a pattern holds when it holds for one of them.


def naive_matches(pattern, record) -> bool:
    """Whether a record fulfils a pattern; without `exists: false` inside arrays, where order would matter."""
    return any(_holds(pattern, flat) for flat in _choices(record))


def _choices(value):
    """Every way to leave one element in each array."""
    if isinstance(value, dict):
        keys = list(value)
        for chosen in itertools.product(*(list(_choices(value[key])) for key in keys)):
            yield dict(zip(keys, chosen, strict=True))
    elif isinstance(value, list):
        if not value:
            yield {}  # nothing to match, as an object without fields
        for element in value:
            yield from _choices(element)
    else:
        yield value


def _holds(pattern, value) -> bool:
    for name, wanted in pattern.items():
        if name == "$or":
            if not any(_holds(choice, value) for choice in wanted):
                return False
            continue
        present = isinstance(value, dict) and name in value
        inner = value[name] if present else None
        if isinstance(wanted, dict):
            if not _holds(wanted, inner if present else {}):
                return False
        elif not any(_one(item, inner, present and not isinstance(inner, dict)) for item in wanted):
            return False
    return True


def _one(item, value, present) -> bool:
    if isinstance(item, dict):
        [(word, argument)] = item.items()
        if word == "exists":
            return present is argument
        return present and _word(word, argument, value)
    return present and type(item) is type(value) and item == value


def _word(word, argument, value) -> bool:
    if word == "anything-but":
        if isinstance(argument, dict):
            [(inner, texts)] = argument.items()
            listed = texts if isinstance(texts, list) else [texts]
            return not any(_word(inner, text, value) for text in listed)
        listed = argument if isinstance(argument, list) else [argument]
        return value not in listed
    if word == "numeric":
        bounds = zip(argument[::2], argument[1::2], strict=True)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and all(_compare(sign, value, bound) for sign, bound in bounds)
    if not isinstance(value, str):
        return False
    if word == "cidr":
        try:
            return ipaddress.ip_address(value) in ipaddress.ip_network(argument)
        except ValueError:
            return False
    if isinstance(argument, dict):
        argument, value = argument["equals-ignore-case"].lower(), value.lower()
    return {
        "prefix": lambda: value[: len(argument)] == argument,
        "suffix": lambda: argument == "" or value[-len(argument) :] == argument,
        "equals-ignore-case": lambda: value.lower() == argument.lower(),
        "wildcard": lambda: _glob(argument, value),
    }[word]()


def _compare(sign, left, right) -> bool:
    return {
        "=": left == right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[sign]


def _glob(pattern, text) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(_glob(pattern[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and text[0] == pattern[0] and _glob(pattern[1:], text[1:])
