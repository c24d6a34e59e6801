"""Case document: a case as it stands now; the highest seq stays."""

from typing import Any

import msgspec

from agents.documents.document import Document, Write, compact, iso
from streams.records.case import Case

INDEX = "countersign-cases"
FINGERPRINT_BYTES = 32


def case_document(case: Case) -> Document:
    """The view of a case, made from its table entry; versions come from its seq, so an older one never wins."""
    ended_ms = case.ended_ms
    source: dict[str, Any] = {
        "@timestamp": iso(case.opened_ms),
        "event": {
            "kind": "alert",
            "outcome": _outcome(case),
            "reason": case.reason,
            "start": iso(case.opened_ms),
            "end": iso(ended_ms),
            "duration": (ended_ms - case.opened_ms) * 1_000_000 if ended_ms is not None else None,
        },
        "cloud": {"provider": "aws", "account": {"id": case.account}},
        "user": _user(case),
        "rule": {"id": case.rules},
        "countersign": {
            "case_id": case.case_id,
            "seq": case.seq,
            "actor_key": case.actor_key,
            "kind": str(case.kind),
            "state": str(case.state),
            "guard": case.guard,
            "observe": case.observe,
            "digest": case.digest,
            "count": len(case.fingerprints) // FINGERPRINT_BYTES,
            "fingerprints": _fingerprints(case.fingerprints),
            "actor": {"kind": str(case.actor.kind), "confidence": str(case.actor.confidence)},
            "why": case.actor.why,
            "lines": msgspec.to_builtins(case.lines),
            **_times(case),
        },
    }
    return Document(INDEX, case.case_id, Write.VERSION, compact(source), version=case.seq)


def _times(case: Case) -> dict[str, Any]:
    prompt, push, page = case.prompt, case.push, case.page
    return {
        "delivered": iso(prompt.delivered_ms) if prompt else None,
        "answered": iso(prompt.answered_ms) if prompt else None,
        "answer": prompt.answer if prompt else None,
        "push": push.result if push else None,
        "paged": iso(page.accepted_ms) if page else None,
        "paged_by": page.by if page else None,
        "deadline": iso(case.deadline_ms),
    }


def _user(case: Case) -> dict[str, str | None]:
    if case.asked is not None:
        return {"id": case.asked.person, "name": case.asked.name}
    return {"id": case.actor.person, "name": case.actor.claim}


def _outcome(case: Case) -> str:
    return {"verified": "success", "paged": "failure"}.get(str(case.state), "unknown")


def _fingerprints(joined: bytes) -> list[str]:
    return [joined[at : at + FINGERPRINT_BYTES].hex() for at in range(0, len(joined), FINGERPRINT_BYTES)]
