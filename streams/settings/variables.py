"""Variables: the names of every setting as an environment variable, for whoever mistypes one."""

import re
from collections.abc import Iterator
from functools import cache

from msgspec import inspect

from streams.settings.codes import ConfigCode
from streams.settings.fault import Fault, nearest
from streams.settings.kinds import is_secret
from streams.settings.located import Path
from streams.settings.model import Settings
from streams.settings.source import PREFIX, variable

_NUMBER = re.compile(r"_(\d{1,4})(?:_|$)")


def unknown_variable(name: str) -> Fault:
    """The fault of a COUNTERSIGN_* variable that is no setting."""
    message = f"this variable names no setting{nearest_variable(name)}"
    return Fault(name, 0, 0, message, ConfigCode.UNKNOWN_VARIABLE)


def nearest_variable(name: str) -> str:
    """`: did you mean "COUNTERSIGN_SLACK__BOT_TOKEN"?` where a known one is near, else where they are listed.

    Names that differ in case and in the number of underscores alone come before all others: it is the slip that
    everybody makes. A part of a list is taken to be the one that the name has the number of.
    """
    number = _NUMBER.search(name)
    known = [each.replace("__0", f"__{number[1] if number else 0}") for each in _known()]
    flat = _flat(name)
    same = next((each for each in known if _flat(each) == flat), None)
    if same is not None:
        return f': did you mean "{same}"?'
    # Without the prefix, which makes any two of them alike.
    close = nearest(name.upper().removeprefix(PREFIX), [each.removeprefix(PREFIX) for each in known])
    return close.replace('mean "', f'mean "{PREFIX}') or ": `countersign config schema` lists the keys"


def _flat(name: str) -> str:
    return re.sub(r"_+", "_", name.upper())


@cache
def _known() -> tuple[str, ...]:
    return tuple(variable(path) for path in _leaves(inspect.type_info(Settings), ()))


def _leaves(kind: inspect.Type, path: Path) -> Iterator[Path]:
    """The path of every key that holds no other keys, and of every secret's file; parts of lists as number 0."""
    match kind:
        case inspect.StructType(fields=fields):
            for field in fields:
                yield from _leaves(field.type, (*path, field.name))
                if is_secret(field.type):
                    yield (*path, f"{field.name}_file")
        case inspect.VarTupleType(item_type=inner):
            yield path
            yield from _leaves(inner, (*path, 0))
        case _:
            yield path
