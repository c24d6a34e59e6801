"""Entry: one message of the log as the documents it stands for."""

from collections.abc import Callable, Sequence

import msgspec

from agents.documents.call import call_document
from agents.documents.case import case_document
from agents.documents.document import RAW_CHARS, Document, Form, Write
from agents.documents.fact import PREFIX as AUDIT
from agents.documents.fact import fact_document
from streams.records.case import Case
from streams.records.codec import from_entry, from_wire
from streams.records.fact import Fact
from streams.records.verdict import VerdictFrame
from streams.topics import Topic, changelog

CASES = changelog("cases")


def _calls(value: bytes) -> list[Document]:
    return [call_document(verdict) for verdict in from_wire(VerdictFrame, value).verdicts]


def _fact(value: bytes) -> list[Document]:
    return [fact_document(from_wire(Fact, value))]


def _case(value: bytes) -> list[Document]:
    return [case_document(from_entry(Case, value))]


BUILDERS: dict[str, Callable[[bytes], list[Document]]] = {
    Topic.VERDICTS: _calls,
    Topic.CASE_LOG: _fact,
    CASES: _case,
}
"""The topics that become documents. The case view comes from the table's changelog, which holds a case's latest
value for ever; external versions let its entries arrive in any order and any number of times."""


def documents_of(topic: str, partition: int, offset: int, value: bytes | None) -> Sequence[Document]:
    """The documents of one message; a removed entry has none, one that cannot be read becomes a raw document."""
    if value is None:
        return []
    try:
        return BUILDERS[topic](value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raw = value[:RAW_CHARS].decode("utf-8", "replace")
        source = {"error": {"message": f"unreadable: {error}"[:1000]}, "countersign": {"raw": raw}}
        return [
            Document(f"{AUDIT}-unreadable", f"{topic}-{partition}-{offset}", Write.CREATE, source, form=Form.BARE)
        ]
