"""Location: which file a `sqlite:` log URL names, and how fast its clock runs."""

from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit


class LogLocation(NamedTuple):
    """The log's file, and the speed of its clock: 1.0 outside of rehearsals."""

    path: Path
    clock_speed: float = 1.0


def parse_location(url: str) -> LogLocation:
    """The location in `sqlite:///relative.db` or `sqlite:////absolute.db`, with an optional `?clock_speed=20`.

    A relative path starts at the working folder; whoever read it from a file resolves it first.

    Raises:
        ValueError: another scheme, a host, no path, an unknown option, or a speed that is no positive number.
    """
    parts = urlsplit(url)
    if parts.scheme != "sqlite":
        raise ValueError(f"{url!r} is no embedded log: it has to begin with sqlite:///")
    if parts.netloc:
        raise ValueError(f"{url!r} names a host: an embedded log is a file, sqlite:///NAME or sqlite:////ABSOLUTE")
    path = unquote(parts.path.removeprefix("/"))
    if not path:
        raise ValueError(f"{url!r} names no file")
    return LogLocation(Path(path), _clock_speed(url, parts.query))


def _clock_speed(url: str, query: str) -> float:
    """The one option there is."""
    speed = 1.0
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name != "clock_speed":
            raise ValueError(f"{url!r} has an unknown option {name!r}: only clock_speed is known")
        try:
            speed = float(value)
        except ValueError:
            raise ValueError(f"{url!r}: clock_speed has to be a number, not {value!r}") from None
        if not 0 < speed < float("inf"):
            raise ValueError(f"{url!r}: clock_speed has to be above 0")
    return speed
