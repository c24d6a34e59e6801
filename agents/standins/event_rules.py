"""Event rules: what PagerDuty asks of an Events API v2 event.

Source: https://developer.pagerduty.com/docs/send-alert-event.
"""

from collections.abc import Iterator
from typing import Any

ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "error", "warning", "info")
SUMMARY_CHARS = 1024
DEDUP_CHARS = 255
EVENT_KEYS = {"routing_key", "event_action", "dedup_key", "payload", "client", "client_url", "links", "images"}
PAYLOAD_KEYS = {"summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details"}


def faults(event: dict[str, Any] | None) -> list[str]:
    """Why PagerDuty would answer 400; empty when it would take the event."""
    if event is None:
        return ["Event is not a JSON object"]
    return [*_event(event), *(_payload(event.get("payload")) if event.get("event_action") == "trigger" else ())]


def _event(event: dict[str, Any]) -> Iterator[str]:
    key = event.get("routing_key")
    if not isinstance(key, str) or len(key) != 32:
        yield "'routing_key' is missing or not 32 characters"
    if event.get("event_action") not in ACTIONS:
        yield "'event_action' is missing or unknown"
    dedup = event.get("dedup_key")
    if dedup is not None and (not isinstance(dedup, str) or len(dedup) > DEDUP_CHARS):
        yield f"'dedup_key' is not a string of at most {DEDUP_CHARS} characters"
    if dedup is None and event.get("event_action") in ACTIONS[1:]:
        yield "'dedup_key' is missing"
    links = event.get("links", [])
    if not isinstance(links, list) or not all(isinstance(link, dict) and link.get("href") for link in links):
        yield "'links' is not a list of objects with href"
    yield from (f"'{name}' is unknown" for name in event.keys() - EVENT_KEYS)


def _payload(payload: Any) -> Iterator[str]:
    if not isinstance(payload, dict):
        yield "'payload' is missing or not an object"
        return
    for name in ("summary", "source", "severity"):
        if not isinstance(payload.get(name), str) or not payload[name].strip():
            yield f"'payload.{name}' is missing or blank"
    if len(str(payload.get("summary"))) > SUMMARY_CHARS:
        yield f"'payload.summary' is longer than {SUMMARY_CHARS} characters"
    if payload.get("severity") not in SEVERITIES:
        yield "'payload.severity' is not one of " + ", ".join(SEVERITIES)
    if not isinstance(payload.get("custom_details", {}), dict):
        yield "'payload.custom_details' is not an object"
    yield from (f"'payload.{name}' is unknown" for name in payload.keys() - PAYLOAD_KEYS)
