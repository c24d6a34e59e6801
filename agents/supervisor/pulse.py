"""Pulse: which partitions no worker's beat has come through of late."""

from streams.log.reader import TopicReader
from streams.topics import Topic

SILENT_S = 30.0
FIRST_SILENT_S = 60.0
"""A watchdog that starts together with the first workers gives them time to take their partitions up."""


class Pulse:
    """Listens to `heartbeats`. That an end offset moved is a beat; nothing needs to be read."""

    def __init__(self, *, silent_s: float = SILENT_S, first_silent_s: float = FIRST_SILENT_S) -> None:
        self._silent_s = silent_s
        self._first_silent_s = first_silent_s
        self._ends: dict[int, int] = {}
        self._until_s: dict[int, float] = {}

    def silent(self, reader: TopicReader, now_s: float) -> list[int]:
        """The partitions that have been silent for too long at `now_s` (seconds of a clock that never steps).

        Raises:
            LogFault: the log cannot be read.
        """
        partitions = range(reader.partitions(Topic.HEARTBEATS))
        for partition in partitions:
            end = reader.end_offset(Topic.HEARTBEATS, partition)
            known = self._ends.get(partition)
            if end != known:
                self._ends[partition] = end
                self._until_s[partition] = now_s + (self._first_silent_s if known is None else self._silent_s)
        return [partition for partition in partitions if now_s > self._until_s[partition]]
