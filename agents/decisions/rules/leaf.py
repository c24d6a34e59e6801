"""Leaf tests: one value of a record against one alternative of a pattern.

A test takes any JSON scalar (string, number, boolean, null) and never raises. The semantics are those of
EventBridge ("Comparison operators for use in event patterns") and of its published engine, Event Ruler.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from math import isfinite
from operator import eq, ge, gt, le, lt
from typing import Any

from agents.decisions.rules.address import Network, digits, holds
from agents.decisions.rules.casing import ending, letters

Test = Callable[[Any], bool]
Number = int | float

_EXACT_BELOW = 2**53
OVERFLOW = 2**1023

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}


def is_number(value: Any) -> bool:
    """Whether it is a JSON number; Python's booleans are integers, JSON's are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_comparable(number: Number) -> bool:
    """Whether Event Ruler compares the number: one that a double cannot hold as it is written counts as a text."""
    if isinstance(number, float):
        return isfinite(number)
    # Nearly all are small; the rest is written out as Java would.
    return -_EXACT_BELOW < number < _EXACT_BELOW or (
        abs(number) < OVERFLOW and int(Decimal(repr(float(number)))) == number
    )


def _same_number(wanted: Number) -> Test:
    comparable = is_comparable(wanted)

    def test(value: Any) -> bool:
        if value != wanted or not is_number(value):
            return False
        if comparable and is_comparable(value):
            return True
        return isinstance(value, int) is isinstance(wanted, int)

    return test


def exact(wanted: Any) -> Test:
    """The same JSON value: case counts, 300 is 300.0 but not "300", an address is any spelling of it."""
    if is_number(wanted):
        return _same_number(wanted)
    if wanted is None or isinstance(wanted, bool):
        return lambda value: value is wanted
    address = digits(wanted)
    if address is not None:
        return cidr(Network(address, address))
    return exact_text(wanted)


def equals_ignore_case(wanted: str) -> Test:
    """The same text, whatever its case."""
    spelled = letters(wanted).fullmatch
    return lambda value: isinstance(value, str) and spelled(value) is not None


def prefix(wanted: str, *, ignore_case: bool = False) -> Test:
    """A text that begins so."""
    if ignore_case:
        spelled = letters(wanted).match
        return lambda value: isinstance(value, str) and spelled(value) is not None
    return lambda value: isinstance(value, str) and value.startswith(wanted)


def suffix(wanted: str, *, ignore_case: bool = False) -> Test:
    """A text that ends so."""
    if ignore_case:
        spelled = ending(wanted).search
        return lambda value: isinstance(value, str) and spelled(value) is not None
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
    return lambda value: (
        is_number(value) and is_comparable(value) and all(check(value, bound) for check, bound in checks)
    )


def cidr(network: Network) -> Test:
    """A text that is an address of that network; a text that is a network itself is none.

    A JSON number is compared by its own digits, as Event Ruler does; CloudTrail writes addresses as texts.
    """

    def test(value: Any) -> bool:
        if isinstance(value, str):
            address = digits(value)
            return address is not None and holds(network, address)
        # Python writes out no integer of thousands of digits, and no address has them.
        return is_number(value) and -OVERFLOW < value < OVERFLOW and holds(network, repr(value))

    return test


def present(_value: Any) -> bool:
    """`exists: true`: any value, null and the empty text included."""
    return True


def anything_but(tests: Sequence[Test]) -> Test:
    """A value that is there and passes none of the tests."""
    refused = tuple(tests)
    return lambda value: not any(test(value) for test in refused)
