"""Conditions: the `when` of a rule."""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from agents.decisions.rules.when import ActorCondition, JsonType, ParameterCondition, Span, When
from agents.rulebook.codes import Code
from agents.rulebook.page import Page, Path
from streams.records.actor import ActorKind, Confidence

KEYS = ("age_s", "parameter_count", "parameters", "other_account", "public_policy", "actor")
COUNTING = ("count", "counts", "counting", "rate", "within_s")

Word = TypeVar("Word", bound=StrEnum)


def read_when(page: Page) -> When | None:
    """The conditions of the page's `when`; counting over time is refused, for nothing would count."""
    when = page.value["when"]
    path: Path = ("when",)
    if not page.is_a(path, when, dict):
        return None
    if not when:
        page.fault(path, "when is empty: leave the key out", Code.EMPTY_MATCH)
    for word in [word for word in when if word in COUNTING]:
        message = (
            f'"{word}": counting calls over time is not supported; a burst of one person becomes one question'
        )
        page.fault((*path, word), message, Code.COUNTING, at_key=True)
    rest = {key: value for key, value in when.items() if key not in COUNTING}
    page.keys(path, rest, KEYS, Code.UNKNOWN_CONDITION, "condition")
    return When(
        age_s=_part(page, path, rest, "age_s", read_span),
        parameter_count=_part(page, path, rest, "parameter_count", read_span),
        parameters=_part(page, path, rest, "parameters", _read_parameters) or (),
        other_account=_part(page, path, rest, "other_account", _read_paths) or (),
        public_policy=_part(page, path, rest, "public_policy", _read_paths) or (),
        actor=_part(page, path, rest, "actor", _read_actor),
    )


Part = TypeVar("Part")


def _part(
    page: Page, path: Path, found: dict[str, Any], key: str, read: Callable[[Page, Path, Any], Part | None]
) -> Part | None:
    return read(page, (*path, key), found[key]) if key in found else None


def read_span(page: Page, path: Path, value: Any) -> Span | None:
    """From `min` to `max`; one of them at least."""
    if not isinstance(value, dict) or not value or not set(value) <= {"min", "max"}:
        page.fault(path, f"{path[-1]} needs min, max or both: {{min: 1, max: 3}}", Code.BAD_SPAN)
        return None
    for key, bound in value.items():
        if isinstance(bound, bool) or not isinstance(bound, int | float):
            page.fault((*path, key), f"{key} must be a number", Code.BAD_SPAN)
            return None
    span = Span(**value)
    if span.min is not None and span.max is not None and span.min > span.max:
        page.fault(path, f"nothing lies between {span.min} and {span.max}", Code.BAD_SPAN)
    return span


def _read_parameters(page: Page, path: Path, value: Any) -> tuple[ParameterCondition, ...] | None:
    if not page.is_a(path, value, dict):
        return None
    conditions = []
    for name, wanted in value.items():
        inner: Path = (*path, str(name))
        if not page.is_a(inner, wanted, dict):
            continue
        page.keys(inner, wanted, ("type", "regex"), Code.UNKNOWN_CONDITION, "condition on a parameter")
        kind = _words(page, (*inner, "type"), wanted.get("type"), JsonType) if "type" in wanted else frozenset()
        regex = _read_regex(page, (*inner, "regex"), wanted["regex"]) if "regex" in wanted else None
        conditions.append(ParameterCondition(tuple(str(name).split(".")), next(iter(kind), None), regex))
    return tuple(conditions)


def _read_paths(page: Page, path: Path, value: Any) -> tuple[tuple[str, ...], ...] | None:
    if not page.is_a(path, value, list):
        return None
    listed = [item for index, item in enumerate(value) if page.is_a((*path, index), item, str)]
    return tuple(tuple(item.split(".")) for item in listed)


def _read_regex(page: Page, path: Path, value: Any) -> re.Pattern[str] | None:
    if not page.is_a(path, value, str):
        return None
    try:
        return re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        page.fault(path, f"this is no regular expression: {error}", Code.BAD_REGEX)
        return None


def _read_actor(page: Page, path: Path, value: Any) -> ActorCondition | None:
    if not page.is_a(path, value, dict):
        return None
    page.keys(path, value, ("kind", "confidence", "person"), Code.UNKNOWN_CONDITION, "condition on the actor")
    people = value.get("person", [])
    listed = [people] if isinstance(people, str) else people
    if not page.is_a((*path, "person"), listed, list):
        return None
    for index, person in enumerate(listed):
        page.is_a((*path, "person", index), person, str)
    return ActorCondition(
        kind=_words(page, (*path, "kind"), value.get("kind", []), ActorKind),
        confidence=_words(page, (*path, "confidence"), value.get("confidence", []), Confidence),
        person=frozenset(person for person in listed if isinstance(person, str)),
    )


def _words(page: Page, path: Path, value: Any, kind: type[Word]) -> frozenset[Word]:
    listed = value if isinstance(value, list) else [value]
    found = set()
    for index, word in enumerate(listed):
        if isinstance(word, str) and word in list(kind):
            found.add(kind(word))
        else:
            place: Path = (*path, index) if isinstance(value, list) else path
            page.unknown(place, str(path[-1]), str(word), list(kind), Code.UNKNOWN_WORD)
    return frozenset(found)
