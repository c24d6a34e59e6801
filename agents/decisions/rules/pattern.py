"""Pattern: an EventBridge event pattern, parsed into branches of conditions; every mistake is reported."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from agents.decisions.rules.leaf import Test
from agents.decisions.rules.words import RESERVED, WORDS, Alternative, Complaint, Mistake, parse_alternative

Path = tuple[str | int, ...]

OR = "$or"
MAX_BRANCHES = 1000
"""EventBridge refuses a pattern whose `$or` make more combinations than this."""


class Condition(NamedTuple):
    """One field and what it may be: one of `tests` passes, or it is missing where `absent` allows that.

    `path` is the field's name cut at its dots, for a record may hold b inside of a, or a.b, and Event Ruler takes
    the one for the other; `steps` are its names, each with the longer names that may stand in its place.
    `exact` holds the texts when every alternative is an exact text (no address): the index uses them.
    `begins` holds the beginnings, when every alternative is an exact text or a prefix; `holds` texts one of which
    stands in every text that will do, when no alternative takes anything else.
    `written` are the alternatives as they were written, as JSON: one condition asks for no more than another when
    it has all of the other's.
    """

    path: tuple[str, ...]
    steps: tuple[tuple[str, tuple[str, ...]], ...]
    tests: tuple[Test, ...]
    absent: bool
    exact: frozenset[str] | None
    begins: frozenset[str] | None
    holds: frozenset[str] | None
    written: frozenset[str]


Branch = tuple[Condition, ...]
"""Conditions that must all hold, in the order of their dotted names, as Event Ruler tries them."""


class Parsed(NamedTuple):
    """What a pattern means (any branch suffices), or what is wrong with it."""

    branches: tuple[Branch, ...]
    mistakes: tuple[Mistake, ...]


def parse_pattern(pattern: Any) -> Parsed:
    """The branches of a pattern; with mistakes there are no branches. Places are paths inside the pattern."""
    mistakes: list[Mistake] = []
    branches = _parse_object(pattern, (), (), mistakes)
    if mistakes:
        return Parsed((), tuple(mistakes))
    ordered = tuple(tuple(sorted(branch, key=_rank)) for branch in branches)
    return Parsed(ordered, ())


def _rank(condition: Condition) -> tuple[bool, str]:
    # Fields at the top first: they stand in no array with others, so the order is free, and they fail fastest.
    return (len(condition.path) > 1, ".".join(condition.path))


def _steps(path: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    ends = range(len(path) + 1)
    return tuple(
        (name, tuple(".".join(path[start:end]) for end in ends[start + 2 :])) for start, name in enumerate(path)
    )


def _parse_object(
    pattern: Any, field: tuple[str, ...], place: Path, mistakes: list[Mistake], *, inside_or: bool = False
) -> list[Branch]:
    if not isinstance(pattern, Mapping):
        mistakes.append(
            Mistake(place, Complaint.SHAPE, "a pattern is a mapping of field names to lists of values")
        )
        return []
    if not pattern:
        mistakes.append(Mistake(place, Complaint.EMPTY, "an empty pattern would match every call"))
        return []
    branches: list[Branch] = [()]
    for name, value in pattern.items():
        inner = (*place, str(name))
        if name == OR:
            parsed = _parse_either(value, field, inner, mistakes)
        elif (refused := _refused_name(name, value, inside_or=inside_or)) is not None:
            mistakes.append(Mistake(inner, *refused, at_key=True))
            continue
        elif isinstance(value, Mapping):
            parsed = _parse_object(value, (*field, str(name)), inner, mistakes, inside_or=inside_or)
        else:
            parsed = [(condition,) for condition in _parse_field(value, (*field, str(name)), inner, mistakes)]
        branches = _both(branches, parsed, inner, mistakes)
    return branches


def _refused_name(name: Any, value: Any, *, inside_or: bool) -> tuple[Complaint, str] | None:
    """What is wrong with the name of a field, if anything is."""
    if name == "":
        return Complaint.SHAPE, "a field has no name here, and EventBridge would lose it"
    if not inside_or or name not in WORDS.keys() | RESERVED:
        return None
    if name in WORDS and not isinstance(value, Mapping):
        return Complaint.OR, f'"{name}" is a matcher; inside $or stand field names: {{field: [{{{name}: ...}}]}}'
    return Complaint.OR, f'"{name}" is a word of EventBridge: inside $or no field can be named so'


def _parse_either(value: Any, field: tuple[str, ...], place: Path, mistakes: list[Mistake]) -> list[Branch]:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) < 2:
        mistakes.append(Mistake(place, Complaint.OR, "$or needs a list of at least two patterns"))
        return []
    branches: list[Branch] = []
    for index, choice in enumerate(value):
        branches += _parse_object(choice, field, (*place, index), mistakes, inside_or=True)
    return branches


def _both(left: list[Branch], right: list[Branch], place: Path, mistakes: list[Mistake]) -> list[Branch]:
    if mistakes:
        return left
    if len(left) * len(right) > MAX_BRANCHES:
        message = f"its $or make more than {MAX_BRANCHES} combinations, which EventBridge refuses"
        mistakes.append(Mistake(place, Complaint.OR, message))
        return left
    merged: list[Branch] = []
    for one in left:
        named = {condition.path for condition in one}
        for other in right:
            twice = [condition for condition in other if condition.path in named]
            if twice:
                beside = " beside this $or" if place[-1] == OR else ""
                message = f"{'.'.join(twice[0].path)} is already asked for{beside}; a field may stand once"
                mistakes.append(Mistake(place, Complaint.OR, message))
                return left
            merged.append(one + other)
    return merged


def _parse_field(value: Any, field: tuple[str, ...], place: Path, mistakes: list[Mistake]) -> Iterator[Condition]:
    if not isinstance(value, list | tuple):
        shown = f"[{value}]" if isinstance(value, str | int | float) else "[...]"
        mistakes.append(Mistake(place, Complaint.SHAPE, f"{field[-1]} needs a list of values: write {shown}"))
        return
    if not value:
        mistakes.append(Mistake(place, Complaint.EMPTY, f"{field[-1]} has an empty list, which matches nothing"))
        return
    alternatives: list[Alternative] = []
    written: list[str] = []
    for index, item in enumerate(value):
        parsed = parse_alternative(item, (*place, index))
        if isinstance(parsed, Mistake):
            mistakes.append(parsed)
        else:
            alternatives.append(parsed)
            written.append(json.dumps(item, sort_keys=True))
    texts = [alternative.text for alternative in alternatives]
    exact = frozenset(text for text in texts if text is not None)
    begins = frozenset(one.begins for one in alternatives if one.begins is not None)
    holds = frozenset(one.holds for one in alternatives if one.holds is not None)
    path = tuple(".".join(field).split("."))
    yield Condition(
        path,
        _steps(path),
        tuple(chain.from_iterable(alternative.tests for alternative in alternatives)),
        any(alternative.absent for alternative in alternatives),
        exact if all(text is not None for text in texts) else None,
        begins if all(one.begins is not None for one in alternatives) else None,
        holds if all(one.holds is not None for one in alternatives) else None,
        frozenset(written),
    )
