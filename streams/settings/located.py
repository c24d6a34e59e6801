"""Located YAML: the documents of a file as plain values, and where in the file each value stands."""

import re
from typing import Any, NamedTuple

import yaml

from streams.settings.fault import Fault
from streams.settings.syntax import of_yaml, unmarked_yaml

Path = tuple[str | int, ...]

MAX_DEPTH = 40
MAX_VALUES = 100_000
"""An alias of an alias multiplies: a file of a few lines can unfold to more than any memory."""


class Place(NamedTuple):
    """A line and a column, both counted from 1."""

    line: int
    column: int


class Located(NamedTuple):
    """One YAML document: `places` maps the path of each value, `keys` that of each mapping key, to its place."""

    file: str
    value: Any
    places: dict[Path, Place]
    keys: dict[Path, Place]

    def place(self, path: Path) -> Place:
        """Where the value at a path stands, or the nearest value above it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(1, 1))

    def fault(self, path: Path, message: str, code: str, *, at_key: bool = False) -> Fault:
        """A fault at the value of a path, or at its key."""
        place = self.keys[path] if at_key and path in self.keys else self.place(path)
        return Fault(self.file, place.line, place.column, message, code)


# libyaml parses ten times as fast; wheels carry it, a source build of PyYAML may not.
_FastLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BRACKET = re.compile(r"[\[{]|[\]}]|(?:[-?:][ \t]+){100}")
_SAFE_DEPTH = 500


def _is_deep(text: str) -> bool:
    """Whether libyaml's binding might end the process by the depth of a text; Python's loader raises."""
    depth = 0
    for found in _BRACKET.finditer(text):
        mark = found[0]
        depth += 1 if mark in "[{" else -1 if mark in "]}" else _SAFE_DEPTH
        if depth >= _SAFE_DEPTH:
            return True
    return False


def _place(node: yaml.Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


class _TooMuch(Exception):  # noqa: N818 - becomes a fault of the user's file
    """A document that unfolds without end, or nearly so."""

    def __init__(self, place: Place, message: str) -> None:
        self.place = place
        self.message = message
        super().__init__(message)


def _walk(
    node: yaml.Node,
    path: Path,
    places: dict[Path, Place],
    keys: dict[Path, Place],
    faults: list[tuple[Place, str]],
) -> None:
    if len(path) > MAX_DEPTH:
        raise _TooMuch(_place(node), f"this is nested deeper than {MAX_DEPTH} levels, or holds itself by an alias")
    if len(places) > MAX_VALUES:
        raise _TooMuch(_place(node), f"this document has more than {MAX_VALUES} values once aliases are unfolded")
    places[path] = _place(node)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, str(key.value))
            if inner in keys:
                message = f'"{key.value}" stands twice in this mapping, first in line {keys[inner].line}: keep one'
                faults.append((_place(key), message))
            keys[inner] = _place(key)
            _walk(value, inner, places, keys, faults)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*path, index), places, keys, faults)


def _constructed(loader: Any, node: yaml.Node) -> Any:
    """The plain values of a node.

    Raises:
        yaml.YAMLError, ValueError, RecursionError: they cannot be made.
    """
    try:
        return loader.construct_document(node)
    except _MISFITS as error:
        # PyYAML believes an explicit tag (!!timestamp, !!bool) and stumbles over a value that is none; so it does
        # over what looks like a date and is not in the calendar.
        mark = _misfit(loader, node).start_mark
        message = f"a value does not fit its tag: {error}"
        raise yaml.constructor.ConstructorError(None, None, message, mark) from None


_MISFITS = (AttributeError, KeyError, TypeError, ArithmeticError, ValueError)


def _misfit(loader: Any, node: yaml.Node) -> yaml.Node:
    """The scalar of which no value can be made; the node itself where it is none of them."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, yaml.MappingNode):
            waiting += [each for pair in reversed(one.value) for each in reversed(pair)]
        elif isinstance(one, yaml.SequenceNode):
            waiting += reversed(one.value)
        else:
            loader.recursive_objects.clear()  # the attempt that failed left its way in there
            try:
                loader.construct_object(one)
            except _MISFITS:
                return one
    return node


def documents(file: str, text: str, code: str) -> tuple[list[Located], list[Fault]]:
    """Every document of a YAML text, and the faults of its form (bad syntax, a repeated key) under one code."""
    found: list[Located] = []
    faults: list[Fault] = []
    loader = None
    try:
        loader = (yaml.SafeLoader if _is_deep(text) else _FastLoader)(text)
        while loader.check_node():
            node = loader.get_node()
            if node is None:
                continue
            places: dict[Path, Place] = {}
            keys: dict[Path, Place] = {}
            twice: list[tuple[Place, str]] = []
            _walk(node, (), places, keys, twice)
            faults += [Fault(file, place.line, place.column, message, code) for place, message in twice]
            value = _constructed(loader, node)
            found.append(Located(file, value, places, keys))
    except yaml.MarkedYAMLError as error:
        faults.append(Fault(file, *of_yaml(error, text), code))
    except _TooMuch as error:
        faults.append(Fault(file, *error.place, error.message, code))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # A character YAML forbids, a date that does not exist, a value inside itself: these come without a mark.
        faults.append(Fault(file, *unmarked_yaml(" ".join(str(error).split()), text), code))
    finally:
        if loader is not None:
            loader.dispose()
    return found, faults
