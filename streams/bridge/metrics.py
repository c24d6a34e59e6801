"""Metrics of the bridge; labels are feeds, outcomes and reasons, never users."""

from prometheus_client import Counter, Histogram

ITEMS = Counter(
    "countersign_bridge_items",
    "What the parts of the delivered bodies turned out to be.",
    ["feed", "outcome"],
)
APPEND_SECONDS = Histogram(
    "countersign_bridge_append_seconds",
    "How long an append of frames took until it was durable.",
    ["feed"],
)
