"""Environment: COUNTERSIGN_* variables laid over the file; what they set beats the file."""

from collections.abc import Mapping
from typing import Any

from streams.settings.codes import ConfigCode
from streams.settings.fault import Fault
from streams.settings.located import Path
from streams.settings.source import PREFIX, EnvText, variable
from streams.settings.variables import unknown_variable

NOT_SETTINGS = frozenset({"COUNTERSIGN_CONFIG"})
"""Variables of the command line, which are no keys."""


class _Overlay:
    def __init__(self) -> None:
        self.variables: dict[Path, str] = {}
        self.faults: list[Fault] = []

    def _fault(self, name: str, message: str, code: ConfigCode) -> None:
        self.faults.append(Fault(name, 0, 0, message, code))

    def nested(self, environ: Mapping[str, str]) -> dict[str, Any]:
        """The variables as nested mappings; a list index is still a text."""
        tree: dict[str, Any] = {}
        for name in sorted(environ):
            if not name.startswith(PREFIX) or name in NOT_SETTINGS:
                continue
            parts = name.removeprefix(PREFIX).lower().split("__")
            if not all(parts) or name != name.upper():
                self.faults.append(unknown_variable(name))
            elif not self._put(tree, parts, environ[name]):
                self._fault(name, "another variable already sets the whole of it", ConfigCode.BAD_VARIABLE)
        return tree

    @staticmethod
    def _put(tree: dict[str, Any], parts: list[str], text: str) -> bool:
        *above, last = parts
        for part in above:
            below = tree.setdefault(part, {})
            if isinstance(below, EnvText):
                return False
            tree = below
        if last in tree:
            return False
        tree[last] = EnvText(text)
        return True

    def merge(self, below: Any, over: Any, path: Path) -> Any:
        if isinstance(over, EnvText):
            self.variables[path] = variable(path)
            return over
        if isinstance(below, list) or (not isinstance(below, dict) and all(map(_is_index, over))):
            return self._merge_list(below if isinstance(below, list) else [], over, path)
        merged = dict(below) if isinstance(below, dict) else {}
        for key, value in over.items():
            merged[key] = self.merge(merged.get(key), value, (*path, key))
        return merged

    def _merge_list(self, below: list[Any], over: dict[str, Any], path: Path) -> list[Any]:
        merged = list(below)
        for key in sorted(over, key=lambda text: (len(text), text)):
            name = variable((*path, key))
            if not _is_index(key):
                self._fault(name, "this is a list: its parts are numbered from 0", ConfigCode.BAD_VARIABLE)
                continue
            index = int(key)
            if index > len(merged):
                message = f"this is number {index} of a list that has only {len(merged)} before it"
                self._fault(name, message, ConfigCode.BAD_VARIABLE)
                continue
            if index == len(merged):
                merged.append(None)
            merged[index] = self.merge(merged[index], over[key], (*path, index))
        return merged


def _is_index(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 4 and text == str(int(text))


def overlay(
    tree: dict[str, Any], environ: Mapping[str, str]
) -> tuple[dict[str, Any], dict[Path, str], list[Fault]]:
    """The tree with every COUNTERSIGN_* variable laid over it, which variable set which path, and the faults."""
    work = _Overlay()
    merged = work.merge(tree, work.nested(environ), ())
    return merged, work.variables, work.faults
