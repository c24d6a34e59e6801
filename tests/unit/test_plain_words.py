"""A fault that nobody planned reads without the name of a class."""

import sqlite3

import pytest

from agents.plain_words import plain_words
from streams.log.faults import LogUnusable


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (PermissionError(13, "Permission denied", "rules"), "Permission denied"),
        (OSError("disk full"), "disk full"),
        (sqlite3.OperationalError("disk I/O error"), "disk I/O error"),
        (LogUnusable("b1:9092 does not answer"), "b1:9092 does not answer"),
        (TypeError("no text"), "nobody foresaw this: no text; the log lines of this process tell more"),
    ],
)
def test_a_fault_reads_as_a_sentence(error: Exception, told: str) -> None:
    assert plain_words(error) == told
    assert type(error).__name__ not in plain_words(error)
