"""Logs: one JSON line an event on standard error; what carries a secret is written as stars."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRET_KEYS = re.compile(r"token|secret|password|authorization|routing_key|api_key|signature", re.IGNORECASE)
SECRET_WORDS = re.compile(r"\b(xox[a-z]-[\w-]+|xapp-[\w-]+|AKIA\w{16}\b.{0,3}[\w/+]{40})")


def set_up_logs(level: int = logging.INFO) -> None:
    """Send structlog's events from this level on, and the libraries' from the next higher, to standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _redact,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=min(level + 10, logging.ERROR), handlers=[handler], force=True)


def _redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if SECRET_KEYS.search(key):
            event[key] = "***"
        elif isinstance(value, str):
            event[key] = SECRET_WORDS.sub("***", value)
    return event
