"""Rules log: reads `rules` from its beginning, and then what came since."""

from collections.abc import Iterable

import msgspec
import structlog

from agents.decisions.versions import Told
from agents.versions.publishing import PARTITION, PROCESS_KEY, VERSION_KEY
from streams.clock import wall_clock
from streams.log.reader import TopicReader
from streams.log.record import Record
from streams.records.codec import from_wire
from streams.records.publication import Published, RulesMessage
from streams.topics import Topic

log = structlog.get_logger(__name__)
PAGE = 500


class RulesLog:
    """One reader's way along the topic. One thread at a time."""

    def __init__(self, reader: TopicReader) -> None:
        self._reader = reader
        self._next: int | None = None

    def read(self) -> list[Told]:
        """Everything that is on the log by now and was not read yet; only the first reading tells ages.

        Raises:
            UnknownTopic: the log was made by an older release, and no run of this one has been here yet.
            LogUnusable: the log cannot be read, or does not answer in time.
        """
        first = self._next is None
        offset = self._reader.begin_offset(Topic.RULES, PARTITION) if self._next is None else self._next
        end = self._reader.end_offset(Topic.RULES, PARTITION)
        told: list[Told] = []
        while offset < end:
            page = self._reader.read(Topic.RULES, PARTITION, offset, PAGE)
            if not page:
                break
            told += [one for record in page if (one := _told(record, with_age=first)) is not None]
            offset = page[-1].offset + 1
        self._next = max(offset, end)
        return told


def published_in(told: Iterable[Told]) -> list[Published]:
    """The versions among what was read, the newest last."""
    return [one.record for one in told if isinstance(one.record, Published)]


def _told(record: Record, *, with_age: bool) -> Told | None:
    key = (record.key or b"").decode(errors="replace")
    age_ms = wall_clock() - record.timestamp_ms if with_age else 0
    if record.value is None:
        gone = key.removeprefix(PROCESS_KEY)
        return None if key.startswith(VERSION_KEY) else Told(record.offset, gone, None, age_ms)
    try:
        read: RulesMessage = from_wire(RulesMessage, record.value)  # type: ignore[arg-type]  # no type
    except msgspec.DecodeError as fault:
        log.warning("rules_record_unreadable", offset=record.offset, key=key, fault=str(fault))
        return None
    return Told(record.offset, key, read, age_ms)
