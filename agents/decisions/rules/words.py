"""Words: the matchers of the pattern language, each parsed with all its arguments checked."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from math import isfinite
from typing import Any, NamedTuple

from agents.decisions.rules import leaf
from agents.decisions.rules.address import digits, network

Place = tuple[str | int, ...]

NUMERIC_LIMIT = 5.0e9
"""EventBridge compares numbers between -5.0e9 and 5.0e9 only."""


class Complaint(StrEnum):
    """What can be wrong with a pattern; the rulebook maps each to a documented code."""

    SHAPE = "shape"
    EMPTY = "empty"
    OR = "or"
    WORD = "word"
    ARGUMENT = "argument"
    NUMERIC = "numeric"
    CIDR = "cidr"
    WILDCARD = "wildcard"
    ANYTHING_BUT = "anything-but"


class Mistake(NamedTuple):
    """One thing wrong, its place inside the pattern, and the unknown word where there is one."""

    place: Place
    complaint: Complaint
    message: str
    word: str | None = None
    at_key: bool = False


class Alternative(NamedTuple):
    """One alternative of a field: its tests, whether a missing field satisfies it, its text if it is one.

    `begins` is how every text begins that satisfies it, `holds` what stands somewhere in it, as far as that is
    known; what is no text does not satisfy it then.
    """

    tests: tuple[leaf.Test, ...]
    absent: bool = False
    text: str | None = None
    begins: str | None = None
    holds: str | None = None


class _BadArgument(Exception):  # noqa: N818 - it never leaves this file
    def __init__(self, complaint: Complaint, message: str) -> None:
        self.complaint = complaint
        super().__init__(message)


def parse_alternative(item: Any, place: Place) -> Alternative | Mistake:
    """What one entry of a field's list means."""
    if _is_endless(item):
        return Mistake(place, Complaint.ARGUMENT, "a number here is infinite, or has hundreds of digits")
    if item is None or isinstance(item, str | bool | int | float):
        # An address matches in other spellings, too: no index finds it by this one.
        text = item if isinstance(item, str) and digits(item) is None else None
        return Alternative((leaf.exact(item),), text=text, begins=text, holds=text)
    if not isinstance(item, Mapping):
        message = f"a value is a text, a number, true, false, null or a matcher, not {_kind(item)}"
        return Mistake(place, Complaint.ARGUMENT, message)
    if len(item) != 1:
        return Mistake(
            place, Complaint.SHAPE, "a matcher has exactly one word; list two matchers for either of them"
        )
    [(word, argument)] = item.items()
    parse = WORDS.get(word)
    if parse is None:
        return Mistake((*place, str(word)), Complaint.WORD, f'unknown matcher "{word}"', str(word), at_key=True)
    try:
        return parse(argument)
    except _BadArgument as bad:
        return Mistake((*place, word), bad.complaint, str(bad))


def _is_endless(item: Any) -> bool:
    """Whether a number in it is larger than any double: nothing compares with it, and it cannot be written out."""
    if isinstance(item, Mapping):
        return any(_is_endless(inner) for inner in item.values())
    if isinstance(item, list | tuple):
        return any(_is_endless(inner) for inner in item)
    if isinstance(item, float):
        return not isfinite(item)
    return isinstance(item, int) and abs(item) >= leaf.OVERFLOW


_KINDS: dict[type, str] = {list: "a list", dict: "a mapping", int: "a number", float: "a number"}


def _kind(value: Any) -> str:
    if value is None or isinstance(value, bool | list | dict):
        return _KINDS.get(type(value), "true, false or null")
    return f"{_KINDS.get(type(value), f'a {type(value).__name__}')} (put it in quotes)"


def _text(argument: Any, word: str, complaint: Complaint = Complaint.ARGUMENT) -> str:
    if not isinstance(argument, str):
        raise _BadArgument(complaint, f"{word} needs a text, not {_kind(argument)}")
    return argument


def _ignoring_case(argument: Any, word: str) -> tuple[str, bool]:
    if isinstance(argument, Mapping):
        if list(argument) != ["equals-ignore-case"]:
            raise _BadArgument(Complaint.ARGUMENT, f"inside {word} only equals-ignore-case can stand")
        return _text(argument["equals-ignore-case"], "equals-ignore-case"), True
    return _text(argument, word), False


def _prefix(argument: Any) -> Alternative:
    text, ignore_case = _ignoring_case(argument, "prefix")
    known = None if ignore_case else text
    return Alternative((leaf.prefix(text, ignore_case=ignore_case),), begins=known, holds=known)


def _suffix(argument: Any) -> Alternative:
    text, ignore_case = _ignoring_case(argument, "suffix")
    return Alternative((leaf.suffix(text, ignore_case=ignore_case),), holds=None if ignore_case else text)


def _equals_ignore_case(argument: Any) -> Alternative:
    return Alternative((leaf.equals_ignore_case(_text(argument, "equals-ignore-case")),))


def _wildcard_parts(argument: Any) -> list[str]:
    text = _text(argument, "wildcard", Complaint.WILDCARD)
    parts, at = [""], 0
    while at < len(text):
        character = text[at]
        if character == "\\":
            at += 1
            if text[at : at + 1] not in ("*", "\\"):
                raise _BadArgument(Complaint.WILDCARD, "a backslash in a wildcard stands before * or \\ only")
            parts[-1] += text[at]
        elif character == "*":
            if text[at : at + 2] == "**":
                raise _BadArgument(Complaint.WILDCARD, "a wildcard cannot hold two stars in a row")
            parts.append("")
        else:
            parts[-1] += character
        at += 1
    return parts


def _wildcard(argument: Any) -> Alternative:
    parts = _wildcard_parts(argument)
    return Alternative((leaf.wildcard(parts),), holds=max(parts, key=len))


def _numeric(argument: Any) -> Alternative:
    shape = 'numeric needs bounds like [">=", 1] or [">", 0, "<=", 5]'
    if not isinstance(argument, list | tuple) or len(argument) not in (2, 4):
        raise _BadArgument(Complaint.NUMERIC, shape)
    bounds = list(zip(argument[::2], argument[1::2], strict=True))
    for sign, bound in bounds:
        if not isinstance(sign, str) or sign not in leaf.COMPARISONS:
            raise _BadArgument(Complaint.NUMERIC, f'"{sign}" is no comparison (=, <, <=, >, >=)')
        if not leaf.is_number(bound):
            raise _BadArgument(Complaint.NUMERIC, f"numeric compares with a number, not with {bound!r}")
        if abs(bound) > NUMERIC_LIMIT:
            raise _BadArgument(Complaint.NUMERIC, "EventBridge compares numbers from -5.0e9 to 5.0e9 only")
    if len(bounds) == 2:
        (low, bottom), (high, top) = bounds
        if low not in (">", ">=") or high not in ("<", "<="):
            raise _BadArgument(Complaint.NUMERIC, f"{shape}: the lower bound stands first")
        if bottom >= top:
            raise _BadArgument(Complaint.NUMERIC, f"no number lies between {bottom} and {top}")
    return Alternative((leaf.numeric(bounds),))


def _cidr(argument: Any) -> Alternative:
    text = _text(argument, "cidr", Complaint.CIDR)
    found = network(text)
    if found is None:
        raise _BadArgument(Complaint.CIDR, _no_network(text))
    return Alternative((leaf.cidr(found),))


def _no_network(text: str) -> str:
    address, slash, bits = text.partition("/")
    if digits(address) is None:
        return f'"{text}" is no IPv4 or IPv6 network: write it like 10.0.0.0/24 or 2001:db8::/32'
    if not slash:
        return f'"{text}" is one address: write it without cidr, or a network like 10.0.0.0/24'
    if bits in ("32", "128"):
        return f'"{text}" is one address, which EventBridge refuses in cidr: write "{address}" without it'
    return f'"{text}" is no network: after the slash stands a number up to 31, for IPv6 up to 127'


def _exists(argument: Any) -> Alternative:
    if not isinstance(argument, bool):
        raise _BadArgument(Complaint.ARGUMENT, "exists needs true or false")
    return Alternative((leaf.present,)) if argument else Alternative((), absent=True)


def _some_text(argument: Any, word: str) -> str:
    if argument == "":
        raise _BadArgument(Complaint.ANYTHING_BUT, f"the {word} is empty, so anything-but would refuse every text")
    return _text(argument, word, Complaint.ANYTHING_BUT)


_REFUSABLE: dict[str, Callable[[Any], leaf.Test]] = {
    "prefix": lambda text: leaf.prefix(_some_text(text, "prefix")),
    "suffix": lambda text: leaf.suffix(_some_text(text, "suffix")),
    "equals-ignore-case": lambda text: leaf.equals_ignore_case(
        _text(text, "equals-ignore-case", Complaint.ANYTHING_BUT)
    ),
    "wildcard": lambda text: leaf.wildcard(_wildcard_parts(text)),
}


def _refused_value(value: Any) -> leaf.Test:
    """A text is refused as it is spelled, also where it is an address."""
    if isinstance(value, str):
        return leaf.exact_text(value)
    if not leaf.is_comparable(value):
        raise _BadArgument(
            Complaint.ANYTHING_BUT, f"EventBridge cannot compare with {value}: it has too many digits"
        )
    return leaf.exact(value)


def _anything_but(argument: Any) -> Alternative:
    build: Callable[[Any], leaf.Test] = _refused_value
    if isinstance(argument, Mapping):
        [word] = argument if len(argument) == 1 else [""]
        if word not in _REFUSABLE:
            message = f"inside anything-but can stand values, or one of {', '.join(_REFUSABLE)}"
            raise _BadArgument(Complaint.ANYTHING_BUT, message)
        build, argument = _REFUSABLE[word], argument[word]
    values: Sequence[Any] = argument if isinstance(argument, list | tuple) else [argument]
    texts = all(isinstance(value, str) for value in values)
    if not values or not (texts or all(leaf.is_number(value) for value in values)):
        raise _BadArgument(Complaint.ANYTHING_BUT, "anything-but needs texts only, or numbers only")
    return Alternative((leaf.anything_but([build(value) for value in values]),))


RESERVED = frozenset(
    {
        *("exactly", "regex", "not-wildcard", "not-equals-ignore-case", "=", "<", "<=", ">", ">="),
        *("date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range"),
        *("ip-address-in-range", "ip-address-not-in-range"),
    }
)
"""Words that EventBridge keeps for itself besides the matchers: inside `$or` no field may be named so."""

WORDS: dict[str, Callable[[Any], Alternative]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "cidr": _cidr,
    "exists": _exists,
}
