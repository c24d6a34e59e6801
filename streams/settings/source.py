"""Source: the raw configuration, merged from the file and the environment, and where each value came from."""

from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from streams.settings.codes import ConfigCode
from streams.settings.fault import Fault
from streams.settings.located import Located, Path

PREFIX = "COUNTERSIGN_"


class EnvText(str):
    """A value out of the environment: text, whatever type its key has."""

    __slots__ = ()


def variable(path: Path) -> str:
    """The environment variable of a key: `COUNTERSIGN_FEEDS__0__QUEUE_URL`."""
    return PREFIX + "__".join(str(part).upper() for part in path)


def dotted(path: Path) -> str:
    """A key as people write it: `feeds[0].queue_url`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


class Source(NamedTuple):
    """`tree` holds plain TOML values and EnvText; `variables` names the variable of each path it set.

    `folder` is absolute: relative paths start there.
    """

    tree: dict[str, Any]
    located: Located
    variables: Mapping[Path, str]
    folder: FilePath

    def variable_of(self, path: Path) -> str | None:
        """The variable that set this value, or one above it."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.variables:
                return self.variables[path[:end]]
        return None

    def variables_below(self, path: Path) -> list[str]:
        """The variables that set this value or parts of it."""
        above = self.variable_of(path)
        inside = [name for inner, name in self.variables.items() if inner[: len(path)] == path]
        return [above] if above is not None else inside

    def given(self, path: Path) -> bool:
        """Whether file or environment say anything at this path."""
        if self.variable_of(path) is not None:
            return True
        node: Any = self.tree
        for part in path:
            numbered = isinstance(node, list) and isinstance(part, int) and part < len(node)
            if not numbered and not (isinstance(node, dict) and part in node):
                return False
            node = node[part]
        return True

    def secret_path(self, path: Path) -> Path:
        """Where a secret was given: its own key, or `<key>_file`; the environment beats the file."""
        given = [each for each in (path, (*path[:-1], f"{path[-1]}_file")) if self.given(each)]
        told = [each for each in given if self.variable_of(each) is not None] or given
        return told[0] if told else path

    def fault(self, path: Path, message: str, code: ConfigCode, *, at_key: bool = False) -> Fault:
        """A fault at the value of a path, or at its key; a variable's fault names the variable and no line."""
        name = self.variable_of(path)
        if name is not None:
            return Fault(name, 0, 0, message, code)
        return self.located.fault(path, message, code, at_key=at_key)

    def origin(self, path: Path) -> str:
        """Where a value came from: a variable, a line of the file, or "default"."""
        name = self.variable_of(path)
        if name is not None:
            return name
        if not self.given(path):
            return "default"
        return f"{self.located.file}:{self.located.place(path).line}"
