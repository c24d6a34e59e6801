"""Clear: a message of the log as its texts can be searched, whatever it is compressed by."""

import zlib
from contextlib import suppress

from streams.log.record import Record
from streams.records.case_entry import opened
from streams.records.codec import from_wire
from streams.records.dead_letter import DeadLetter
from streams.records.packed import MOST_BYTES, is_packed, salvage
from streams.topics import Topic, changelog
from tables.waits import is_waiting_key

CASES = changelog("cases")
SEEN = changelog("seen")


def in_clear(record: Record) -> bytes:
    """The value of a message, and behind it what is compressed in it; of what is damaged, as much as comes out.

    Raises:
        msgspec.DecodeError: it is an entry of a case, or a dead letter, and cannot be read.
    """
    value = record.value or b""
    if record.topic == CASES:
        return opened(value)
    if record.topic == SEEN and is_waiting_key(record.key or b""):
        with suppress(zlib.error):
            return value + zlib.decompressobj().decompress(value, MOST_BYTES)
    body = from_wire(DeadLetter, value).body if value and record.topic == Topic.DEAD_LETTERS else value
    return value + salvage(body, MOST_BYTES) if is_packed(body) else value
