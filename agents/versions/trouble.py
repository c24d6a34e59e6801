"""Trouble: what people are told, once an hour, of a version that cannot be taken or that nobody published."""

from collections.abc import Sequence
from datetime import UTC, datetime

from streams.partitioner import partition_of
from streams.records.command import Incident
from streams.settings.fault import Fault

MOST = 20
_MAX_TEXT = 300


def refused(faults: Sequence[Fault], host: str, in_force: str, at_ms: int) -> Incident:
    """A set that has faults: the one before it stays."""
    details = {f"fault {number}": str(fault)[:_MAX_TEXT] for number, fault in enumerate(faults[:MOST], start=1)}
    return _incident(
        "rules_refused",
        host,
        at_ms,
        f"the rules or people on {host} have faults ({len(faults)}) and are not taken, {in_force} stays in force: "
        "see `countersign rules check` and `countersign people check`",
        {"machine": host, "in force": in_force, "faults": str(len(faults)), **details},
    )


def unknown(version: str, at_ms: int) -> Incident:
    """A bridge filters by what nobody published here."""
    return _incident(
        "rules_unknown",
        version,
        at_ms,
        f"calls come that a bridge filtered by version {version[:_MAX_TEXT]}, which nobody published on this log: "
        "a bridge of another deployment, or one before an upgrade; restart it, or publish the rules again",
        {"version": version[:_MAX_TEXT]},
    )


def unusable(version: str, why: str, at_ms: int) -> Incident:
    """What was published cannot be had on this machine."""
    return _incident(
        "rules_unusable",
        version,
        at_ms,
        f"version {version} of the rules is published and cannot be used by every worker: {why[:_MAX_TEXT]}; run "
        "the same release everywhere, then `countersign rules publish`",
        {"version": version, "why": why[:_MAX_TEXT]},
    )


def place_of(incident: Incident, partitions: int) -> int:
    """The partition of `commands` that the incident belongs to."""
    return partition_of(incident.incident_id.encode(), partitions)


def _incident(kind: str, of: str, at_ms: int, summary: str, details: dict[str, str]) -> Incident:
    hour = datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H")
    return Incident(f"{kind}-{of[:64]}-{hour}", kind, "low", "-", summary, details)
