"""Raw: a document whose fields do not fit the mapping, kept as text; nothing of it is lost."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from agents.documents.document import RAW_CHARS, Document, Form, compact
from agents.documents.mapping import FREE, templates

Place = tuple[str, ...]


def as_raw(document: Document, why: str) -> Document:
    """The same document with less to refuse: first what an event fills freely becomes text, then everything.

    What is ours stays searchable in the first: nobody hides a call from a search by what they wrote into it. The
    second is for a mapping that is not ours. Both keep id, index and write: a repeat is still one document.
    """
    return _ours(document, why) if document.form is Form.WHOLE else _bare(document, why)


def _ours(document: Document, why: str) -> Document:
    decided = document.source.get("countersign", {})
    text = decided.get("raw") or msgspec.json.encode(document.source).decode()  # of a call: its record
    source = _without(document.source, ())
    source["countersign"] = {**source.get("countersign", {}), "unfit": why, "raw": text}
    return msgspec.structs.replace(document, source=compact(source), form=Form.OURS)


def _bare(document: Document, why: str) -> Document:
    text = msgspec.json.encode(document.source).decode()
    source = {
        "@timestamp": document.source.get("@timestamp"),
        "error": {"message": why[:1000]},
        "countersign": {"raw": text[:RAW_CHARS]},
    }
    return msgspec.structs.replace(document, source=compact(source), form=Form.BARE)


def _without(fields: Mapping[str, Any], inside: Place) -> dict[str, Any]:
    """The fields but for those that an event fills freely."""
    return {
        name: _without(value, (*inside, name)) if isinstance(value, dict) else value
        for name, value in fields.items()
        if (*inside, name) not in _FREE_PLACES
    }


def _places(properties: Mapping[str, Any], inside: Place = ()) -> Iterator[Place]:
    for name, field in properties.items():
        if field == FREE:
            yield (*inside, name)
        yield from _places(field.get("properties", {}), (*inside, name))


_FREE_PLACES = frozenset(
    place for body in templates().values() for place in _places(body["template"]["mappings"]["properties"])
)
