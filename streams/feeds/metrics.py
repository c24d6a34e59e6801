"""Metrics of the feeds; labels are feeds and kinds of requests, never users."""

from prometheus_client import Counter

FAULTS = Counter("countersign_feed_faults", "Requests to a source that failed.", ["feed", "request"])
