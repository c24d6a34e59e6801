"""Ids: derived from what they name, never random, so that every replay finds the same ones."""

import base64
import hashlib

from streams.records.actor import Actor

FINGERPRINT_BYTES = 32


def _base32(*parts: str | bytes) -> str:
    """The first 26 characters of the base32 of a sha256 over the parts, each preceded by its length."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return base64.b32encode(digest.digest()).decode()[:26].lower()


def case_id(actor: Actor, group_key: str, group_start_ms: int, first_fingerprint: bytes) -> str:
    """The id of the case that this first call opens; `group_start_ms` is that call's `received_ms`."""
    who = "\x1f".join((actor.kind, actor.person or "", actor.claim or "", actor.confidence, actor.account or ""))
    return _base32("case", who, group_key, str(group_start_ms), first_fingerprint)


def incident_case_id(incident_id: str, day: int) -> str:
    """The id of the case of an incident of the pipeline, first told on that day (of the epoch, UTC).

    The day keeps an incident that is told again long after its case was forgotten from living twice under one id.
    """
    return _base32("incident", incident_id, str(day))


def aggregate_id(scope: str, partition: int, opened_ms: int) -> str:
    """The id of an aggregated page."""
    return _base32("aggregate", scope, str(partition), str(opened_ms))


def digest_of(fingerprints: bytes) -> str:
    """The digest a question carries: of the set of fingerprints it shows, whatever their order."""
    size = FINGERPRINT_BYTES
    each = sorted(fingerprints[at : at + size] for at in range(0, len(fingerprints), size))
    return hashlib.sha256(b"".join(each)).hexdigest()


def dedup_key(subject: str) -> str:
    """PagerDuty's dedup_key of a case or an aggregate: one incident each, whoever pages."""
    return f"countersign-{subject}"
