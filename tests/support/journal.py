"""Journal: the auditor's, read whole, with what the stand-ins recorded beside it."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from agents.audit.reading import Log, Reading
from agents.decisions.audit.journal import At, Called, Commanded, Exchanged, Journal
from agents.standins.exchange import Exchange

__all__ = ["At", "Called", "Commanded", "Journal", "read_exchanges", "read_journal"]


def read_journal(log: Log, exchanges: Iterable[Exchanged] = ()) -> Journal:
    """Read a log to its end."""
    return Reading(log, whole=True).journal(exchanges)


def read_exchanges(paths: Iterable[Path]) -> list[Exchange]:
    """What the stand-ins recorded, one exchange a line, in the order it was answered."""
    lines = [line for path in paths for line in path.read_bytes().splitlines()]
    return sorted((msgspec.json.decode(line, type=Exchange) for line in lines), key=lambda one: one.answered_ms)
