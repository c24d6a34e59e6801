"""Recordings: the files that a verb was pointed at, opened one after the other."""

import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from agents.cli.output import note, printable
from streams.envelopes.files import file_items
from streams.envelopes.item import Item
from streams.feeds.files import walk


class Recording(NamedTuple):
    """One file: `name` is its path as found, `items` what it holds."""

    name: str
    items: Iterator[Item]


class Recordings:
    """Every file of the paths in order; folders are walked sorted, and what they hold besides is named on stderr.

    A file named by itself is opened whatever it is called, a pipe too; a folder's pipes and devices are left out.
    `unreadable` counts what could not be read; the rest, `read` files so far, is read all the same.
    Where stderr is a terminal a bar on it tells how far it is.
    """

    def __init__(self, paths: Sequence[str], *, max_record_bytes: int) -> None:
        self.read = 0
        self.unreadable = 0
        self._paths = paths
        self._max_record_bytes = max_record_bytes

    def __iter__(self) -> Iterator[Recording]:
        names = list(self._names())
        with _bar(names) as advance:
            for name in names:
                try:
                    data = Path(name).read_bytes()
                except OSError as error:
                    self._complain(error)
                    continue
                self.read += 1
                items = file_items(Path(name).name, data, max_record_bytes=self._max_record_bytes)
                yield Recording(_shown(name), items)
                advance(len(data))

    def _names(self) -> Iterator[str]:
        for given in self._paths:
            folder = Path(given)
            if not folder.is_dir():
                yield given
                continue
            others: list[Path] = []
            for path in walk(folder, others=others, on_error=self._complain):
                if _may_wait(path):
                    note(f"{_below(given, path)}: left out, it is no regular file")
                else:
                    yield _below(given, path)
            for other in others:
                note(f"{_below(given, other)}: left out, it is no .json, .jsonl, .ndjson or .gz")

    def _complain(self, error: OSError) -> None:
        self.unreadable += 1
        sys.stderr.write(printable(f"{error.filename}: cannot be read: {error.strerror}") + "\n")


def nothing_in(paths: Sequence[str]) -> str:
    """What is told where nothing at all was found, for silence looks like a verb that does not work."""
    return f"nothing was found in {', '.join(paths)}: in folders .json, .jsonl, .ndjson and .gz are looked for"


def _may_wait(path: Path) -> bool:
    """Whether it is a pipe, socket or device: reading one may wait for ever; a file that is gone does not."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _below(given: str, path: Path) -> str:
    """The path as found: what was given stands in front of it letter for letter, a leading "./" too."""
    return os.path.join(given, path.relative_to(given))  # noqa: PTH118 - Path would tidy it up


def _shown(name: str) -> str:
    """A name that JSON can carry: file names are bytes, and need not be UTF-8."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


@contextmanager
def _bar(names: Sequence[str]) -> Iterator[Callable[[int], None]]:
    """A bar by bytes with the time that is left, where somebody can see it."""
    if not sys.stderr.isatty() or sys.stdout.isatty():  # lines that scroll by are progress enough
        yield lambda _size: None
        return
    from rich.console import Console
    from rich.progress import Progress

    total = sum(path.stat().st_size for path in map(Path, names) if path.exists())
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=total)
        yield lambda size: progress.advance(task, size)
