"""Fact document: one thing that happened in a case, written once under case and seq: the audit trail."""

from typing import Any

from agents.documents.document import Document, Write, compact, iso, month
from streams.records.fact import Fact

PREFIX = "countersign-audit"


def fact_document(fact: Fact) -> Document:
    """The document of a fact, in the index of the fact's own month: there a repeat is a 409 for ever.

    A data stream would keep ids unique only inside one backing index.
    """
    source: dict[str, Any] = {
        "@timestamp": iso(fact.at_ms),
        "event": {"kind": "event", "action": str(fact.kind), "sequence": fact.seq},
        "countersign": {
            "case_id": fact.case_id,
            "seq": fact.seq,
            "actor_key": fact.actor_key,
            "src": fact.src,
            "data": fact.data,
        },
    }
    return Document(f"{PREFIX}-{month(fact.at_ms)}", f"{fact.case_id}-{fact.seq}", Write.CREATE, compact(source))
