"""Page: one rule's document under examination; every reader of a part notes its faults here."""

from collections.abc import Iterable, Mapping
from typing import Any

from agents.rulebook.codes import Code
from streams.settings.fault import Fault, nearest
from streams.settings.located import Located

Path = tuple[str | int, ...]

_TYPES: dict[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    list: "a list",
    dict: "a mapping",
}


class Page:
    """A document and the faults found in it so far."""

    def __init__(self, located: Located) -> None:
        self.located = located
        self.value: Any = located.value
        self.faults: list[Fault] = []

    def fault(self, path: Path, message: str, code: Code, *, at_key: bool = False) -> None:
        """Note a fault at the value of a path, or at its key."""
        self.faults.append(self.located.fault(path, message, str(code), at_key=at_key))

    def unknown(self, path: Path, what: str, word: str, known: Iterable[str], code: Code) -> None:
        """Note a word that is none of the known ones, with the nearest of them, at a value."""
        known = list(known)
        self.fault(path, f'unknown {what} "{word}"{nearest(word, known)} ({", ".join(known)})', code)

    def keys(self, path: Path, found: Mapping[Any, Any], known: Iterable[str], code: Code, what: str) -> None:
        """Note every key of a mapping that is not a known one."""
        known = list(known)
        for key in found:
            if key not in known:
                hint = nearest(str(key), known) or f": known are {', '.join(known)}"
                self.fault((*path, str(key)), f'unknown {what} "{key}"{hint}', code, at_key=True)

    def is_a(self, path: Path, value: Any, kind: type, code: Code = Code.WRONG_TYPE) -> bool:
        """Whether a value is of that type; else that is noted."""
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return True
        name = ".".join(str(step) for step in path)
        quotes = ": put it in quotes" if kind is str and not isinstance(value, list | dict | None) else ""
        self.fault(path, f"{name} must be {_TYPES[kind]}, not {describe(value)}{quotes}", code)
        return False


def describe(value: Any) -> str:
    """A value's type in the words of YAML."""
    if value is None:
        return "nothing"
    known = next((name for kind, name in _TYPES.items() if type(value) is kind), None)
    return known or f"a {type(value).__name__}"
