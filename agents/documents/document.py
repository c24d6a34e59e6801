"""Document: one thing to index, with the id that makes indexing it again harmless."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct

RAW_CHARS = 300_000
UNDATED = "undated"


class Write(StrEnum):
    """How a document goes in; each is idempotent in its own way."""

    REPLACE = "replace"  # the same id, the same document
    CREATE = "create"  # the first one stays; a repeat is a 409, which is success
    VERSION = "version"  # the highest version stays; an older one is a 409, which is success


class Form(StrEnum):
    """How much of a document is fields; each is for what Elasticsearch refuses in the one before."""

    WHOLE = "whole"
    OURS = "ours"  # what an event fills freely is one unindexed string
    BARE = "bare"  # everything is one unindexed string


class Document(Struct, frozen=True):
    """One document; `version` is set where the write is by version."""

    index: str
    id: str
    write: Write
    source: dict[str, Any]
    version: int | None = None
    form: Form = Form.WHOLE


def month(at_ms: int) -> str:
    """The month of a time, UTC, as index names carry it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y.%m")


def iso(at_ms: int | None) -> str | None:
    """A time as documents hold it: ISO 8601, UTC, milliseconds."""
    if at_ms is None:
        return None
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def compact(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields without those that say nothing, at every depth."""
    kept = {key: compact(value) if isinstance(value, dict) else value for key, value in fields.items()}
    return {key: value for key, value in kept.items() if value not in (None, "", [], {})}
