"""Export: EventBridge patterns for the member accounts that let through every call a rule could want."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from agents.decisions.issuing import SESSION_CALLS
from agents.decisions.rules.pattern import OR
from agents.decisions.rules.rule import Rule

OUTSIDE = ("requestParameters", "responseElements", "additionalEventData")
"""What a record may hold back: EventBridge would drop a call that our rules still fire on, so it is not asked."""

MAX_CHARACTERS = 2048
"""What EventBridge allows a pattern to have, unless the account's quota was raised."""

_DETAIL_TYPE = [{"suffix": "via CloudTrail"}]


def export_patterns(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Patterns of which one matches whatever event a rule could fire on; each fits EventBridge's limit.

    They let more through than the rules want: exceptions, conditions and parameters are left to Countersign.
    """
    names: set[str] = set(SESSION_CALLS)
    others: list[dict[str, Any]] = []
    for pattern in (pattern for rule in rules for pattern in rule.patterns):
        for part in _parts(_outline(pattern)):
            listed = part.get("eventName")
            if listed and all(isinstance(name, str) for name in listed):
                names.update(listed)
            elif part not in others:
                others.append(part)
    return [*(_event({"eventName": chunk}) for chunk in _chunks(sorted(names))), *map(_event, others)]


def _event(detail: dict[str, Any]) -> dict[str, Any]:
    return {"detail-type": _DETAIL_TYPE, "detail": detail}


def _outline(pattern: dict[str, Any]) -> dict[str, Any]:
    """The pattern without what a record may hold back; an `$or` that loses an alternative goes altogether."""
    outline: dict[str, Any] = {}
    for name, value in pattern.items():
        if name == OR:
            choices = [_outline(choice) for choice in value]
            if all(choices):
                outline[OR] = choices
        elif name not in OUTSIDE:
            outline[name] = value
    return outline


def _parts(outline: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A pattern whose names stand inside `$or` as one part a choice."""
    choices = outline.get(OR, [])
    if "eventName" in outline or not any("eventName" in choice for choice in choices):
        yield outline
        return
    rest = {name: value for name, value in outline.items() if name != OR}
    for choice in choices:
        yield from _parts(rest | choice)


def _chunks(names: list[str]) -> Iterator[list[str]]:
    room = MAX_CHARACTERS - len(json.dumps(_event({"eventName": []})))
    chunk: list[str] = []
    for name in names:
        if chunk and len(json.dumps([*chunk, name])) > room:
            yield chunk
            chunk = []
        chunk.append(name)
    yield chunk
