"""Times: reading CloudTrail's eventTime."""

from datetime import UTC, datetime
from typing import Any


def event_time_ms(value: Any) -> int | None:
    """Epoch milliseconds UTC of an eventTime, or None where it cannot be read.

    Records with a blank for the T, or with fractions of a second, exist; a time without a zone is UTC.
    """
    if not isinstance(value, str) or not 10 <= len(value) <= 40:
        return None
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
