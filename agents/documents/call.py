"""Call document: one accepted call with its decision, under the call's fingerprint."""

import ipaddress
from typing import Any

import msgspec

from agents.documents.document import UNDATED, Document, Write, compact, iso, month
from streams.records.verdict import Verdict

PREFIX = "countersign-calls"
PAST_MS = 400 * 86_400_000
FUTURE_MS = 2 * 86_400_000


def call_document(verdict: Verdict) -> Document:
    """The document of a call; its month is that of the call's own time, so that a repeat meets it there.

    Times far from the arrival share one index: a caller of hostile records must not choose our index names.
    """
    at_ms = verdict.event_time_ms
    dated = at_ms is not None and -PAST_MS < at_ms - verdict.received_ms < FUTURE_MS
    index = f"{PREFIX}-{month(at_ms) if dated and at_ms is not None else UNDATED}"
    return Document(index, verdict.fingerprint, Write.REPLACE, compact(_source(verdict, dated=dated)))


def _source(verdict: Verdict, *, dated: bool) -> dict[str, Any]:
    record = _record(verdict)
    address = _text(record.get("sourceIPAddress"))
    error = _text(record.get("errorCode"))
    return {
        "@timestamp": iso(verdict.event_time_ms if dated else verdict.received_ms),
        "event": {
            "kind": "event",
            "provider": verdict.event_source,
            "action": verdict.event_name,
            "id": verdict.event_id,
            "outcome": "failure" if error else "success",
            "ingested": iso(verdict.received_ms),
        },
        "cloud": {
            "provider": "aws",
            "account": {"id": verdict.account},
            "region": _text(record.get("awsRegion")),
        },
        "user": {"id": verdict.actor.person, "name": verdict.actor.claim},
        "source": {"address": address, "ip": _ip(address)},
        "user_agent": {"original": _text(record.get("userAgent"))},
        "error": {"code": error, "message": _text(record.get("errorMessage"))},
        "rule": {"id": verdict.rules},
        "aws": {
            "cloudtrail": {
                "event_type": _text(record.get("eventType")),
                "user_identity": _object(record.get("userIdentity")),
                "request_parameters": _object(record.get("requestParameters")),
                "response_elements": _object(record.get("responseElements")),
                "additional_event_data": _object(record.get("additionalEventData")),
            }
        },
        "countersign": _decided(verdict),
    }


def _decided(verdict: Verdict) -> dict[str, Any]:
    return {
        "action": str(verdict.action),
        "end": str(verdict.end),
        "why": verdict.why,
        "asked": verdict.asked,
        "late": verdict.late,
        "feed": verdict.feed.name,
        "rules_version": verdict.rules_version,
        "shadow": {
            "rule": [one.rule for one in verdict.shadow],
            "action": [str(one.action) for one in verdict.shadow],
        },
        "actor": {
            "kind": str(verdict.actor.kind),
            "confidence": str(verdict.actor.confidence),
            "why": verdict.actor.why,
        },
        "raw": bytes(verdict.record).decode("utf-8", "replace"),
    }


def _record(verdict: Verdict) -> dict[str, Any]:
    try:
        record = msgspec.json.decode(verdict.record)
    except msgspec.DecodeError:
        return {}
    return record if isinstance(record, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _object(value: Any) -> dict[str, Any] | None:
    """A `flattened` field takes objects only; CloudTrail sends a bare text or list now and then."""
    if value is None or isinstance(value, dict):
        return value
    return {"value": value}


def _ip(address: str | None) -> str | None:
    try:
        return str(ipaddress.ip_address(address or ""))
    except ValueError:
        return None  # a service's name, as CloudTrail writes for calls from inside AWS
