"""Leaf tests: one value of a record against one alternative of a pattern.

A test takes any JSON scalar (string, number, boolean, null) and never raises. The semantics are those of
EventBridge ("Comparison operators for use in event patterns") and of its published engine, Event Ruler.
"""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from operator import eq, ge, gt, le, lt
from typing import Any

Test = Callable[[Any], bool]
Number = int | float

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}


def is_number(value: Any) -> bool:
    """Whether it is a JSON number; Python's booleans are integers, JSON's are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _address(value: Any) -> IPv4Address | IPv6Address | None:
    if not isinstance(value, str):
        return None
    try:
        return ip_address(value)
    except ValueError:
        return None


def exact(wanted: Any) -> Test:
    """The same JSON value: case counts, 300 is 300.0 but not "300", an address is any spelling of it."""
    if is_number(wanted):
        return lambda value: is_number(value) and bool(value == wanted)
    if wanted is None or isinstance(wanted, bool):
        return lambda value: value is wanted
    address = _address(wanted)
    if address is not None:
        return lambda value: value == wanted or _address(value) == address
    return lambda value: isinstance(value, str) and value == wanted


def equals_ignore_case(wanted: str) -> Test:
    """The same text, whatever its case."""
    lowered = wanted.lower()
    return lambda value: isinstance(value, str) and value.lower() == lowered


def prefix(wanted: str, *, ignore_case: bool = False) -> Test:
    """A text that begins so."""
    if ignore_case:
        lowered = wanted.lower()
        return lambda value: isinstance(value, str) and value.lower().startswith(lowered)
    return lambda value: isinstance(value, str) and value.startswith(wanted)


def suffix(wanted: str, *, ignore_case: bool = False) -> Test:
    """A text that ends so."""
    if ignore_case:
        lowered = wanted.lower()
        return lambda value: isinstance(value, str) and value.lower().endswith(lowered)
    return lambda value: isinstance(value, str) and value.endswith(wanted)


def wildcard(parts: Sequence[str]) -> Test:
    """A text that holds these parts in order, the first at its start and the last at its end.

    Linear in the text, unlike a regular expression with many stars: the text is the caller's own choice.
    """
    if len(parts) == 1:
        return exact_text(parts[0])
    first, *middle, last = parts

    def test(value: Any) -> bool:
        if not isinstance(value, str) or not value.startswith(first):
            return False
        at = len(first)
        for part in middle:
            found = value.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        return len(value) - len(last) >= at and value.endswith(last)

    return test


def exact_text(wanted: str) -> Test:
    """The same text, character by character."""
    return lambda value: isinstance(value, str) and value == wanted


def numeric(bounds: Sequence[tuple[str, Number]]) -> Test:
    """A JSON number within all of the bounds; a text that looks like a number is none."""
    checks = tuple((COMPARISONS[sign], bound) for sign, bound in bounds)
    return lambda value: is_number(value) and all(check(value, bound) for check, bound in checks)


def cidr(network: IPv4Network | IPv6Network) -> Test:
    """A text that is an address of that network; a text that is a network itself is none."""

    def test(value: Any) -> bool:
        address = _address(value)
        return address is not None and address.version == network.version and address in network

    return test


def present(_value: Any) -> bool:
    """`exists: true`: any value, null and the empty text included."""
    return True


def anything_but(tests: Sequence[Test]) -> Test:
    """A value that is there and passes none of the tests."""
    refused = tuple(tests)
    return lambda value: not any(test(value) for test in refused)
