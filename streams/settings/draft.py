"""Draft: settings that are read but not yet judged as a whole."""

from typing import NamedTuple

from streams.settings.codes import ConfigCode
from streams.settings.fault import Fault
from streams.settings.located import Path
from streams.settings.model import FeedSettings, Settings
from streams.settings.source import Source


class Draft(NamedTuple):
    """`refused` holds the keys that already have a fault; `positions` the index of each feed in its source."""

    settings: Settings
    source: Source
    refused: frozenset[Path]
    positions: tuple[int, ...]

    def feeds(self) -> list[tuple[Path, FeedSettings]]:
        """Each feed with its path."""
        return [(("feeds", index), feed) for index, feed in zip(self.positions, self.settings.feeds, strict=True)]

    def fault(self, path: Path, message: str, code: ConfigCode) -> Fault:
        """A fault at the value of a path."""
        return self.source.fault(path, message, code)
