"""TOML places: where each key and value of a TOML text stands, which tomllib does not tell."""

import re
import tomllib
from bisect import bisect_right
from contextlib import suppress

from streams.settings.located import Located, Path, Place

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?""""{0,2}' r"|'''.*?''''{0,2}" r'|"(?:\\.|[^"\\])*"' r"|'[^']*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:[^,\]}\s#]*|[^,\]}\s#]+")


class _Lost(Exception):  # noqa: N818 - a signal inside this file, never an error that anyone sees
    """The text is not as tomllib read it; the places found so far stay."""


class _Scan:
    """Walks a text that tomllib has already accepted, so it checks no syntax; offsets count from 0."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.places: dict[Path, int] = {(): 0}
        self.keys: dict[Path, int] = {}
        self.lengths: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        self._take(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._take(_BLANK)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise _Lost
        self.at = found.end()
        return found.group()

    def _literal(self, text: str) -> bool:
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def _header(self) -> Path:
        start = self.at
        repeated = self._literal("[[") or not self._literal("[")
        parts = self._key()
        self._take(_SPACE)
        self._literal("]]" if repeated else "]")
        path = self._open((), parts, last_too=not repeated)
        if repeated:
            index = self.lengths.get(path, 0)
            self.lengths[path] = index + 1
            self.places.setdefault(path, start)
            path = (*path, index)
        self.places.setdefault(path, start)
        return path

    def _key(self) -> list[tuple[str, int]]:
        parts = []
        while True:
            self._take(_SPACE)
            start = self.at
            if self.text.startswith(('"', "'"), start):
                (part,) = tomllib.loads(f"{self._take(_STRING)} = 0")
            else:
                part = self._take(_BARE)
            parts.append((part, start))
            self._take(_SPACE)
            if not self._literal("."):
                return parts

    def _open(self, path: Path, parts: list[tuple[str, int]], *, last_too: bool) -> Path:
        """The path of a dotted key; a part that names an array of tables means its latest table."""
        for position, (part, offset) in enumerate(parts):
            path = (*path, part)
            self.keys.setdefault(path, offset)
            last = position == len(parts) - 1
            if path in self.lengths and (last_too or not last):
                path = (*path, self.lengths[path] - 1)
            if not last:
                self.places.setdefault(path, offset)
        return path

    def _pair(self, table: Path) -> None:
        path = self._open(table, self._key(), last_too=False)
        if not self._literal("="):
            raise _Lost
        self._take(_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        self.places[path] = self.at
        if self.text.startswith(('"', "'"), self.at):
            self._take(_STRING)
        elif self._literal("["):
            self._items(path)
        elif self._literal("{"):
            self._pairs(path)
        else:
            self._take(_SCALAR)

    def _items(self, path: Path) -> None:
        index = 0
        self._take(_BLANK)
        while not self._literal("]"):
            self._value((*path, index))
            index += 1
            self._take(_BLANK)
            self._literal(",")
            self._take(_BLANK)

    def _pairs(self, path: Path) -> None:
        self._take(_SPACE)
        while not self._literal("}"):
            self._pair(path)
            self._take(_SPACE)
            self._literal(",")
            self._take(_SPACE)


def located_toml(file: str, text: str) -> Located:
    """The values of a TOML text with their places.

    Raises:
        tomllib.TOMLDecodeError: the text is no TOML; its message ends in the line and column.
        RecursionError: it is nested too deep.
        ValueError: a number has more digits than Python reads.
    """
    value = tomllib.loads(text)
    scan = _Scan(text)
    with suppress(_Lost):  # a place is a courtesy: what was not found points at what encloses it
        scan.document()
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(offset: int) -> Place:
        line = bisect_right(starts, offset)
        return Place(line, offset - starts[line - 1] + 1)

    places = {path: place(offset) for path, offset in scan.places.items()}
    keys = {path: place(offset) for path, offset in scan.keys.items()}
    return Located(file, value, places, keys)
