"""Conditions: the `when` of a rule."""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from agents.decisions.rules.past import MAX_COUNT, MAX_SINCE_S, MAX_WITHIN_S, CountCondition
from agents.decisions.rules.span import Span
from agents.decisions.rules.when import ActorCondition, JsonType, ParameterCondition, When
from agents.rulebook.codes import Code
from agents.rulebook.page import Page, Path
from streams.records.actor import ActorKind, Confidence

KEYS = (
    "age_s",
    "parameter_count",
    "parameters",
    "other_account",
    "public_policy",
    "actor",
    "count",
    "since_last_s",
)

ACTOR_KEYS = ("kind", "confidence", "person", "group")

Word = TypeVar("Word", bound=StrEnum)


def read_when(page: Page) -> When | None:
    """The conditions of the page's `when`."""
    when = page.value["when"]
    path: Path = ("when",)
    if not page.is_a(path, when, dict):
        return None
    if not when:
        page.fault(path, "when is empty: leave the key out", Code.EMPTY_MATCH)
    page.keys(path, when, KEYS, Code.UNKNOWN_CONDITION, "condition")
    return When(
        age_s=_part(page, path, when, "age_s", read_span),
        parameter_count=_part(page, path, when, "parameter_count", read_span),
        parameters=_part(page, path, when, "parameters", _read_parameters) or (),
        other_account=_part(page, path, when, "other_account", _read_paths) or (),
        public_policy=_part(page, path, when, "public_policy", _read_paths) or (),
        actor=_part(page, path, when, "actor", _read_actor),
        count=_part(page, path, when, "count", _read_count),
        since_last_s=_part(page, path, when, "since_last_s", _read_since),
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


def _read_count(page: Page, path: Path, value: Any) -> CountCondition | None:
    """So many calls within so many seconds."""
    if not isinstance(value, dict) or set(value) != {"min", "within_s"}:
        page.fault(path, "count needs min and within_s: {min: 5, within_s: 600}", Code.BAD_COUNT)
        return None
    good = True
    for key, least, most in (("min", 2, MAX_COUNT), ("within_s", 1, MAX_WITHIN_S)):
        number = value[key]
        if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
            page.fault((*path, key), f"{key} must be a whole number from {least} to {most}", Code.BAD_COUNT)
            good = False
    return CountCondition(value["min"], value["within_s"] * 1_000) if good else None


def _read_since(page: Page, path: Path, value: Any) -> Span | None:
    """A span of seconds back; longer ones than a month are not remembered."""
    span = read_span(page, path, value)
    for key in ("min", "max"):
        bound = getattr(span, key) if span is not None else None
        if bound is not None and not 0 <= bound <= MAX_SINCE_S:
            message = f"{key} must lie between 0 and {MAX_SINCE_S} seconds, which are 30 days"
            page.fault((*path, key), message, Code.BAD_COUNT)
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
    page.keys(path, value, ACTOR_KEYS, Code.UNKNOWN_CONDITION, "condition on the actor")
    return ActorCondition(
        kind=_words(page, (*path, "kind"), value.get("kind", []), ActorKind),
        confidence=_words(page, (*path, "confidence"), value.get("confidence", []), Confidence),
        person=_names(page, (*path, "person"), value.get("person", [])),
        group=_names(page, (*path, "group"), value.get("group", [])),
    )


def _names(page: Page, path: Path, value: Any) -> frozenset[str]:
    listed = [value] if isinstance(value, str) else value
    if not page.is_a(path, listed, list):
        return frozenset()
    return frozenset(name for index, name in enumerate(listed) if page.is_a((*path, index), name, str))


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
