"""Reading: whether a record fulfils the branches of a pattern, and what a blank in the record changes.

Arrays count as Event Ruler counts them: a field matches when any element does, and fields inside one array of
objects must match in the same element. Only leaves match: an object or an empty array is as good as missing.
"""

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Any, Final, NamedTuple

from agents.decisions.rules.pattern import Branch, Condition

_NULLS = (None, "null")
_WENT_WELL = frozenset({"", "null", "200"})
"""What some records have for an errorCode though the call went well."""
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
_HIDDEN = HIDDEN.encode()
MAX_DEPTH = 100
"""The bridge refuses records nested deeper than 64; this only keeps a hostile one off the stack's end."""

Location = tuple[str | int, ...]
Seats = tuple[tuple[Location, int], ...]
"""Which element of which array the fields matched so far stand in."""

Failed = set[tuple[int, Seats]]
"""From which condition on, with which seats, the rest of the branch is known to fail."""


class Place(Enum):
    """What stands at a path where no leaf does."""

    MISSING = auto()
    BLANK = auto()
    ARRAY = auto()


# Looked up for every condition of every call: a member of an enum costs more than a name of the module.
_MISSING, _BLANK, _ARRAY = Place.MISSING, Place.BLANK, Place.ARRAY


class Record(NamedTuple):
    """A record, and how a blank in it counts: a value that is hidden, cut off, or among unrecorded parameters.

    `blank` is None for the exact language, True where the value could have been anything, False where only what
    is proven counts. `no_parameters`: it has none, though the call went well.
    """

    fields: dict[str, Any]
    blank: bool | None
    no_parameters: bool


class Readings:
    """One record in the three ways that rules read it; the generous way is asked for most.

    `whole` says of a record that it holds nothing back: then the three are one.
    """

    __slots__ = ("exact", "fields", "generous", "whole")

    def __init__(self, fields: Mapping[str, Any], *, whole: bool = False) -> None:
        self.fields = fields if isinstance(fields, dict) else dict(fields)
        self.exact = Record(self.fields, None, no_parameters=False)
        """As patterns read it."""
        no_parameters = lacks_parameters(self.fields)
        self.whole = whole and not no_parameters
        self.generous = self.exact if self.whole else Record(self.fields, blank=True, no_parameters=no_parameters)
        """With blanks that may be anything."""

    @property
    def strict(self) -> Record:
        """With blanks that prove nothing."""
        return self.exact if self.whole else self.generous._replace(blank=False)


def says_all(record: bytes) -> bool:
    """Whether a record's text shows that none of its values is held back; an escape in it may hide one."""
    return b"\\" not in record and _HIDDEN not in record and b"omitted" not in record


def lacks_parameters(fields: Mapping[str, Any]) -> bool:
    """Whether the record has no parameters though the call went well; "null" stands for null in some records."""
    error = fields.get("errorCode")
    return fields.get("requestParameters") in _NULLS and (
        error is None or (isinstance(error, str) and error in _WENT_WELL)
    )


def fulfils(record: Record, branches: tuple[Branch, ...]) -> bool:
    """Whether any branch holds."""
    for branch in branches:  # noqa: SIM110 - any() would make a generator for each rule of each call
        if _holds(record, branch, 0, (), None):
            return True
    return False


def _holds(record: Record, branch: Branch, start: int, seats: Seats, failed: Failed | None) -> bool:
    for index in range(start, len(branch)):
        condition = branch[index]
        value = place_of(record, condition)
        if value is _ARRAY:
            return _holds_in_array(record, branch, index, seats, set() if failed is None else failed)
        if not _accepts(record, condition, value):
            return False
    return True


def _holds_in_array(record: Record, branch: Branch, index: int, seats: Seats, failed: Failed) -> bool:
    condition, found = branch[index], False
    for value, taken in _leaves(record, record.fields, condition.path, (), seats):
        found = True
        if not _accepts(record, condition, value):
            continue
        kept = _shared(taken, branch, index + 1)
        if (index + 1, kept) in failed:
            continue
        if _holds(record, branch, index + 1, kept, failed):
            return True
        # Remembering what failed keeps hostile arrays linear: there are few seatings, however many leaves.
        failed.add((index + 1, kept))
    return not found and condition.absent and _holds(record, branch, index + 1, seats, failed)


def _shared(seats: Seats, branch: Branch, start: int) -> Seats:
    """The seats in arrays that a later field passes through; the others can constrain nothing any more."""
    later = [".".join(condition.path) + "." for condition in branch[start:]]
    kept: list[tuple[Location, int]] = []
    for location, element in seats:
        array = "".join(f"{step}." for step in location if isinstance(step, str))
        if any(name.startswith(array) for name in later):
            kept.append((location, element))
    return tuple(kept)


def _accepts(record: Record, condition: Condition, value: Any) -> bool:
    if value is _BLANK:
        return record.blank is True
    if value is _MISSING:
        return condition.absent
    for test in condition.tests:  # noqa: SIM110 - any() would make a generator for each condition of each call
        if test(value):
            return True
    return False


def place_of(record: Record, condition: Condition) -> Any:
    """The leaf at a path that passes through no array, or a mark that says why there is none."""
    value: Any
    value, blank, no_parameters = record
    steps = condition.steps
    if no_parameters and len(steps) > 1 and steps[0][0] == "requestParameters":
        return _BLANK
    for step, joined in steps:
        if not isinstance(value, dict):
            return _MISSING
        for name in joined:
            if name in value:
                return _ARRAY  # several fields may go by this name, as in an array
        value = value.get(step, _MISSING)
        if isinstance(value, str):  # most are
            if blank is not None and value == HIDDEN:
                return _BLANK
        elif isinstance(value, list):
            return _ARRAY
        elif blank is not None and is_blank(value):
            return _BLANK
    return _MISSING if isinstance(value, dict) else value


def _leaves(
    record: Record, value: Any, path: tuple[str, ...], location: Location, seats: Seats
) -> Iterator[tuple[Any, Seats]]:
    """Every leaf at a path whose seats agree with those taken, each with the seats it takes."""
    if record.blank is not None and is_blank(value):
        yield _BLANK, seats
    elif isinstance(value, list) and len(location) < MAX_DEPTH:
        taken: Final = dict(seats).get(location)
        indexes = range(len(value)) if taken is None else (taken,)
        for index in indexes:
            sitting = seats if taken is not None else (*seats, (location, index))
            yield from _leaves(record, value[index], path, (*location, index), sitting)
    elif isinstance(value, dict):
        for end in range(1, len(path) + 1) if len(location) < MAX_DEPTH else ():
            name = ".".join(path[:end])
            if name in value:
                yield from _leaves(record, value[name], path[end:], (*location, name), seats)
    elif not path and not isinstance(value, list):
        yield value, seats


def is_blank(value: Any) -> bool:
    """Whether the record says itself that it holds the value back."""
    if isinstance(value, str):
        return value == HIDDEN
    return isinstance(value, dict) and "omitted" in value and value["omitted"] in (True, "true")
