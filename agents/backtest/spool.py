"""Spool: the calls that deserve a question or a page, on disk until all are known, then in the order of time."""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import NamedTuple

import msgspec

from streams.records.codec import from_entry, to_entry
from streams.records.command import CallCommand

IN_MEMORY_BYTES = 32 << 20


class _Place(NamedTuple):
    """Where a command lies; places sort by the call's time, then by the order in which calls came."""

    at_ms: int | None
    number: int
    offset: int
    size: int


class Spool:
    """Commands in, in the order of (file, index); out in the order of (eventTime, file, index).

    Beyond 32 MB they lie in a temporary file, and only their places are held in memory. A call without a
    readable time counts at the time of the earliest that has one, before it; were all without, at 1970.
    """

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - lives as long as the spool
        self._end = 0
        self._places: list[_Place] = []

    def __len__(self) -> int:
        return len(self._places)

    def add(self, at_ms: int | None, command: CallCommand) -> None:
        """Keep the command of a call that was made then; None where its time cannot be read."""
        entry = to_entry(command)
        self._file.write(entry)
        self._places.append(_Place(at_ms, len(self._places), self._end, len(entry)))
        self._end += len(entry)

    def ordered(self, earliest_ms: int | None) -> Iterator[tuple[int, CallCommand]]:
        """Every command with its time; `earliest_ms` is the time of the earliest call of all, kept here or not."""
        stand_in = earliest_ms or 0
        self._places.sort(key=lambda place: (place.at_ms is not None, place.at_ms or 0, place.number))
        for place in self._places:
            self._file.seek(place.offset)
            command = from_entry(CallCommand, self._file.read(place.size))
            at_ms = stand_in if place.at_ms is None else place.at_ms
            yield at_ms, msgspec.structs.replace(command, received_ms=at_ms)

    def close(self) -> None:
        """Let go of the temporary file."""
        self._file.close()
