"""Export: EventBridge patterns for the member accounts that let through every call a rule could want."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from agents.decisions.issuing import SESSION_CALLS
from agents.decisions.rules.pattern import OR
from agents.decisions.rules.rule import Rule

OUTSIDE = frozenset({"requestParameters", "responseElements", "additionalEventData", "serviceEventDetails"})
"""What a record may hold back: EventBridge would drop a call that our rules still fire on, so it is not asked."""

_HIDDEN = ("userIdentity", "userName")
"""Hidden where somebody typed something else for a user's name at sign-in."""

_EVERY_CALL = {"eventName": [{"exists": True}]}

MAX_CHARACTERS = 2048
"""What EventBridge allows a pattern to have, unless the account's quota was raised."""

_SOURCE = [{"prefix": "aws."}]
"""Only AWS may send events of such a source: whoever may PutEvents forges no call."""
_DETAIL_TYPE = [{"suffix": "via CloudTrail"}]


def export_patterns(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Patterns of which one matches whatever event a rule could fire on; each fits EventBridge's limit.

    They let more through than the rules want: exceptions, conditions and parameters are left to Countersign.
    """
    names: set[str] = set(SESSION_CALLS)
    others: list[dict[str, Any]] = []
    for pattern in (pattern for rule in rules for pattern in rule.patterns):
        for part in _parts(_outline(pattern) or _EVERY_CALL):
            listed = part.get("eventName")
            if listed and all(isinstance(name, str) for name in listed):
                names.update(listed)
            elif part not in others:
                others.append(part)
    fitting = [piece for part in others for piece in _fitting(part)]
    return [*(_event({"eventName": chunk}) for chunk in _chunks(sorted(names))), *map(_event, fitting)]


def _event(detail: dict[str, Any]) -> dict[str, Any]:
    return {"source": _SOURCE, "detail-type": _DETAIL_TYPE, "detail": detail}


def _outline(pattern: dict[str, Any], path: tuple[str, ...] = ()) -> dict[str, Any]:
    """The pattern without what a record may hold back; an `$or` that loses an alternative goes altogether."""
    outline: dict[str, Any] = {}
    for name, value in pattern.items():
        if name == OR:
            choices = [_outline(choice, path) for choice in value]
            if all(choices):
                outline[OR] = choices
            continue
        inner = (*path, *name.split("."))
        if inner[0] in OUTSIDE or inner == _HIDDEN:
            continue
        kept = _outline(value, inner) if isinstance(value, dict) else value
        if kept:
            outline[name] = kept
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


def _fitting(part: dict[str, Any]) -> list[dict[str, Any]]:
    """The part cut at its longest list until each piece is short enough; what cannot be cut is left out of it.

    A list holds alternatives, so the pieces together match what the whole did, or more.
    """
    if _length(_event(part)) <= MAX_CHARACTERS:
        return [part]
    path, listed = max(_lists(part, ()), key=lambda found: (len(found[1]) > 1, _length(found[1])))
    if len(listed) > 1:
        middle = len(listed) // 2
        halves = [_with(part, path, listed[:middle]), _with(part, path, listed[middle:])]
        return [piece for half in halves for piece in _fitting(half)]
    return _fitting(_with(part, path, None) or _EVERY_CALL)


def _length(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":")))


def _lists(part: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    for name, value in part.items():
        if isinstance(value, dict):
            yield from _lists(value, (*path, name))
        else:
            yield (*path, name), value


def _with(part: dict[str, Any], path: tuple[str, ...], value: list[Any] | None) -> dict[str, Any]:
    """The part with another list at a path, or without that field; an `$or` of one is made plain."""
    name, *rest = path
    changed = {key: inner for key, inner in part.items() if key != name}
    if rest:
        inner = _with(part[name], tuple(rest), value)
        return changed | ({name: inner} if inner else {})
    if value is None:
        return changed
    return changed | value[0] if name == OR and len(value) == 1 else changed | {name: value}


def _chunks(names: list[str]) -> Iterator[list[str]]:
    room = MAX_CHARACTERS - len(json.dumps(_event({"eventName": []})))
    chunk: list[str] = []
    for name in names:
        if chunk and len(json.dumps([*chunk, name])) > room:
            yield chunk
            chunk = []
        chunk.append(name)
    yield chunk
