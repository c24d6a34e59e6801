"""Times: reading CloudTrail's eventTime, and the expiration that STS writes beside credentials."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any


def event_time_ms(value: Any) -> int | None:
    """Epoch milliseconds UTC of an eventTime, or None where it cannot be read.

    Records with a blank for the T, or with fractions of a second, exist; a time without a zone is UTC.
    """
    return _read(value) if isinstance(value, str) and 10 <= len(value) <= 40 else None


@lru_cache(maxsize=4_096)
def _read(value: str) -> int | None:
    """Remembered, for calls come in crowds, and a time is to the second."""
    text = value.strip().replace(" ", "T", 1)
    if "." in text:
        whole, _, rest = text.partition(".")
        text = whole + "".join(char for char in rest.lstrip("0123456789"))
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    if read.tzinfo is None:
        read = read.replace(tzinfo=UTC)
    return int(read.timestamp() * 1000)


_EXPIRATION = re.compile(
    r"([A-Z][a-z]{2}) ([0-9]{1,2}),? ([0-9]{4}),? ([0-9]{1,2}):([0-9]{2}):([0-9]{2})\s?([AP])M", re.UNICODE
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def expiration_ms(value: Any) -> int | None:
    """Epoch milliseconds UTC of an expiration in STS's answer, or None where it cannot be read.

    CloudTrail writes "Jul 18, 2014 4:07:39 PM", since some years with a comma after the year as well.
    """
    found = _EXPIRATION.fullmatch(value.strip()) if isinstance(value, str) and len(value) <= 40 else None
    if found is None:
        return event_time_ms(value)
    month, day, year, hour, minute, second, half = found.groups()
    try:
        at = datetime(
            int(year),
            _MONTHS.index(month) + 1,
            int(day),
            int(hour) % 12 + (12 if half == "P" else 0),
            int(minute),
            int(second),
            tzinfo=UTC,
        )
    except ValueError:
        return None
    return int(at.timestamp() * 1000)
