"""Files: a file is one JSON document, or a line an item."""

from collections.abc import Iterator

from streams.envelopes import reading
from streams.envelopes.inflate import inflate, is_compressed
from streams.envelopes.item import Item
from streams.envelopes.unwrap import unwrap, unwrap_records

SUFFIXES = (".json", ".jsonl", ".ndjson", ".gz")
"""The names of files that can hold calls; the content of a .gz, and what it is called inside, decides."""

_LINE_NAMES = (".jsonl", ".ndjson")
_MAX_BYTES = 1 << 30


def file_items(name: str, data: bytes, *, max_record_bytes: int = 262_144) -> Iterator[Item]:
    """The items of a file: one JSON document if it parses as one, else NDJSON, else one broken document.

    NDJSON is what is so named, or has a line that is an object. Of a broken log file the whole records are kept,
    beside at least one refused part; any other broken document is one refused part.
    Blank lines are skipped. A gzip file is opened first, whatever it is called.
    """
    text = data
    if is_compressed(data):
        text, reason = inflate(data, _MAX_BYTES)
        if reason is not None:
            return unwrap(data, max_record_bytes=max_record_bytes, max_total_bytes=_MAX_BYTES)
    if (records := reading.records(text)) is not None:
        return unwrap_records(text, records, max_record_bytes=max_record_bytes, max_total_bytes=_MAX_BYTES)
    if _parses(text) or not _is_lines(name, text):
        return unwrap(text, max_record_bytes=max_record_bytes, max_total_bytes=_MAX_BYTES)
    return _lines(text, max_record_bytes)


def _lines(text: bytes, max_record_bytes: int) -> Iterator[Item]:
    for line in text.splitlines():
        if line.strip():
            yield from unwrap(line, max_record_bytes=max_record_bytes)


def _parses(text: bytes) -> bool:
    try:
        reading.check(text)
    except reading.UNREADABLE:
        return False
    return True


def _is_lines(name: str, text: bytes) -> bool:
    if name.removesuffix(".gz").endswith(_LINE_NAMES):
        return True
    return any(_parses(line) for line in text.splitlines() if line.lstrip().startswith(b"{"))
