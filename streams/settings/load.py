"""Load: file and environment become settings, or every fault of both at once."""

import os.path
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from msgspec.structs import replace

from streams.embedded.location import parse_location
from streams.settings.checks import check
from streams.settings.codes import ConfigCode
from streams.settings.draft import Draft
from streams.settings.environment import overlay
from streams.settings.fault import Fault, FaultsFound
from streams.settings.located import Located
from streams.settings.model import FeedSettings, Settings
from streams.settings.reader import Reader
from streams.settings.source import Source
from streams.settings.syntax import of_toml
from streams.settings.toml_places import located_toml

_DECODE_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class Survey(NamedTuple):
    """Everything that file and environment say: where a value has a fault, the settings hold its default."""

    settings: Settings
    source: Source
    faults: list[Fault]


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings in a file (None: no file) with the environment laid over it.

    Raises:
        FaultsFound: every fault of both.
    """
    found = survey(path, environ)
    if found.faults:
        raise FaultsFound(found.faults)
    return found.settings


def survey(path: Path | None, environ: Mapping[str, str]) -> Survey:
    """As `load`, for whoever wants the faults beside the settings, and each value's origin.

    Raises:
        FaultsFound: the file cannot be read at all.
    """
    located = _read(path) if path is not None else Located("the configuration", {}, {}, {})
    folder = (path.parent if path is not None else Path()).absolute()
    tree, variables, faults = overlay(located.value, environ)
    source = Source(tree, located, variables, folder)
    reader = Reader(source)
    settings = _completed(reader.settings(), source)
    draft = Draft(settings, source, frozenset(reader.refused), tuple(reader.positions.get(("feeds",), ())))
    faults += [*reader.faults, *check(draft)]
    return Survey(settings, source, sorted(faults, key=lambda fault: (fault.line == 0, fault.line, fault.column)))


def _read(path: Path) -> Located:
    """The file's values; a file that cannot be read at all hides its other faults."""
    try:
        text = path.read_bytes().decode("utf-8").replace("\r\n", "\n")
        return located_toml(str(path), text)
    except OSError as error:
        fault = Fault(
            str(path), 1, 1, f"the configuration cannot be read: {error.strerror}", ConfigCode.UNREADABLE
        )
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        fault = Fault(str(path), line, 1, "this line is no UTF-8: save the file as UTF-8", ConfigCode.NO_TOML)
    except tomllib.TOMLDecodeError as error:
        fault = _syntax(str(path), text, str(error))
    except RecursionError:
        fault = Fault(str(path), 1, 1, "this is nested too deep", ConfigCode.NO_TOML)
    except ValueError:
        fault = Fault(str(path), 1, 1, "a number in this file has too many digits", ConfigCode.NO_TOML)
    raise FaultsFound([fault])


def _syntax(file: str, text: str, message: str) -> Fault:
    found = _DECODE_PLACE.search(message)
    what = message[: found.start()] if found else message
    line, column = (int(found[1]), int(found[2])) if found and found[1] else (text.count("\n") + 1, 1)
    return Fault(file, *of_toml(text, line, column, what), ConfigCode.NO_TOML)


def _completed(settings: Settings, source: Source) -> Settings:
    """Absolute paths, names for feeds without one."""
    rules = replace(settings.rules, paths=tuple(_present(settings.rules.paths, source.folder)))
    people = replace(settings.people, path=next(_present([settings.people.path], source.folder), None))
    authorities = settings.log.ca_file or (settings.ca_file if settings.log.url.startswith("kafka:") else None)
    log = replace(settings.log, url=_absolute(settings.log.url, source.folder), ca_file=authorities)
    feeds = tuple(replace(feed, name=feed.name or _name(feed)) for feed in settings.feeds)
    return replace(settings, rules=rules, people=people, log=log, feeds=feeds)


def _present(paths: Iterable[Path | None], folder: Path) -> Iterator[Path]:
    """Every path that was given, and the defaults (they alone are still relative) that are there."""
    for path in paths:
        if path is not None and (path.is_absolute() or (folder / path).exists()):
            yield folder / path


def _absolute(url: str, folder: Path) -> str:
    """A SQLite URL whose file no longer depends on the working folder."""
    try:
        path = parse_location(url).path
    except ValueError:
        return url
    query = urlsplit(url).query
    return f"sqlite:///{quote(os.path.normpath(folder / path))}{'?' if query else ''}{query}"


def _name(feed: FeedSettings) -> str:
    """A name that stays when feeds change their order: the queue's, or the folder's."""
    if feed.queue_url:
        return feed.queue_url.rstrip("/").rpartition("/")[2]
    if feed.path:
        return feed.path.name
    return str(feed.kind)
