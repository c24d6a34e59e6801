"""Selection: Sigma's fields with their modifiers, as event patterns, each with a value that fulfils it.

Sigma ignores case unless it is told not to. Names of services and calls are exact here, for rules are found by
them; wildcards heed case, for EventBridge's do.
"""

from collections.abc import Mapping
from typing import Any

from agents.rulebook.sigma.condition import CannotSay

EXACT = ("eventSource", "eventName", "awsRegion", "recipientAccountId")
COMPARISONS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}

Pattern = dict[str, Any]


def patterns(selection: Any) -> list[Pattern]:
    """The patterns of a selection, of which one must hold.

    Raises:
        CannotSay: with what no pattern can say.
    """
    listed = selection if isinstance(selection, list) else [selection]
    if not listed or not all(isinstance(one, Mapping) for one in listed):
        raise CannotSay("a selection of keywords searches the whole record, and a rule names its fields")
    return [_pattern(one) for one in listed]


def _pattern(fields: Mapping[str, Any]) -> Pattern:
    found: Pattern = {}
    for key, values in fields.items():
        name, *modifiers = str(key).split("|")
        found = together(found, _nested(name.split("."), _alternatives(name, modifiers, values)))
    return found


def _nested(path: list[str], listed: list[Any]) -> Pattern:
    name, *rest = path
    return {name: _nested(rest, listed) if rest else listed}


def together(one: Pattern, other: Pattern) -> Pattern:
    """Both patterns in one.

    Raises:
        CannotSay: they ask one field for two things.
    """
    merged = dict(one)
    for name, value in other.items():
        if name not in merged or merged[name] == value:
            merged[name] = value
        elif isinstance(value, dict) and isinstance(merged[name], dict):
            merged[name] = together(merged[name], value)
        else:
            raise CannotSay(f"{name} is asked for two things at once, and a field of a pattern stands once")
    return merged


def _alternatives(name: str, modifiers: list[str], values: Any) -> list[Any]:
    listed = values if isinstance(values, list) else [values]
    if "all" in modifiers and len(listed) > 1:
        raise CannotSay(f"{name}|all wants several things of one field, and a pattern takes any of them")
    rest = [modifier for modifier in modifiers if modifier not in ("all", "cased")]
    if len(rest) > 1:
        raise CannotSay(f"{name} has several modifiers: {', '.join(rest)}")
    word = rest[0] if rest else ""
    cased = "cased" in modifiers or name in EXACT
    return [item for value in listed for item in _items(name, word, value, cased=cased)]


def _items(name: str, word: str, value: Any, *, cased: bool) -> list[Any]:
    if word == "exists":
        return [{"exists": bool(value)}]
    if word in COMPARISONS:
        return [{"numeric": [COMPARISONS[word], value]}]
    if word == "cidr":
        return [{"cidr": str(value)}]
    if word not in ("", "contains", "startswith", "endswith"):
        raise CannotSay(f"{name}|{word} has no matcher in the pattern language")
    if value is None:
        return [{"exists": False}, None]
    if isinstance(value, bool | int | float):
        return [value, str(value).lower() if isinstance(value, bool) else str(value)]
    return [_text(name, word, str(value), cased=cased)]


def _text(name: str, word: str, text: str, *, cased: bool) -> Any:
    plain = text.replace("\\*", "").replace("\\?", "")
    if "?" in plain:
        raise CannotSay(f"{name}: ? stands for one letter, and a wildcard knows * only")
    if "*" in plain or word == "contains":
        stars = {"contains": f"*{text}*", "startswith": f"{text}*", "endswith": f"*{text}"}.get(word, text)
        while "**" in stars:
            stars = stars.replace("**", "*")
        return {"wildcard": stars.replace("\\?", "?")}
    literal = text.replace("\\*", "*").replace("\\?", "?")
    if word == "":
        return literal if cased else {"equals-ignore-case": literal}
    matcher = "prefix" if word == "startswith" else "suffix"
    return {matcher: literal if cased else {"equals-ignore-case": literal}}


def sample(pattern: Pattern) -> dict[str, Any]:
    """A record that fulfils the pattern, for a rule's test."""
    found: dict[str, Any] = {}
    for name, value in pattern.items():
        made = sample(value) if isinstance(value, dict) else _value(value[0])
        if made is not None:
            found[name] = made
    return found


def _value(item: Any) -> Any:
    if not isinstance(item, Mapping):
        return item
    [(word, argument)] = item.items()
    if word == "exists":
        return "x" if argument else None
    if word == "numeric":
        return argument[1] + {"<": -1, ">": 1}.get(argument[0], 0)
    if word == "cidr":
        return str(argument).partition("/")[0]
    text = argument["equals-ignore-case"] if isinstance(argument, Mapping) else argument
    return str(text).replace("*", "") if word == "wildcard" else text
