"""Open keys: configuration keys whose values may be shown: neither secrets, nor tables that hold some."""

from functools import cache

from msgspec import inspect

from streams.settings.kinds import is_secret
from streams.settings.model import Settings


@cache
def open_keys() -> frozenset[str]:
    """The last words of all keys that hold no secret, and of no other key."""
    shown: set[str] = set()
    hidden: set[str] = set()
    waiting: list[inspect.Type] = [inspect.type_info(Settings)]
    while waiting:
        match waiting.pop():
            case inspect.StructType(fields=fields):
                waiting += [field.type for field in fields]
                leaves = [field for field in fields if not _has_keys(field.type)]
                hidden |= {field.name for field in leaves if is_secret(field.type)}
                shown |= {field.name for field in leaves if not is_secret(field.type)}
            case inspect.VarTupleType(item_type=inner):
                waiting.append(inner)
            case _:
                pass
    return frozenset(shown - hidden)


def _has_keys(kind: inspect.Type) -> bool:
    """Whether a value holds keys of its own, which may stand on the same line."""
    if isinstance(kind, inspect.VarTupleType):
        return _has_keys(kind.item_type)
    return isinstance(kind, inspect.StructType)
