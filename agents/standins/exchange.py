"""Exchange: one call that a stand-in got, and what it answered, as the offline checker reads it."""

from typing import Any

from msgspec import Struct


class Exchange(Struct, frozen=True):
    """Times are epoch milliseconds UTC; `status` is None where the connection was dropped unanswered.

    `done` says that the work was done, whatever the caller saw; `fault` names the scripted fault, if any.
    Credentials are left out: a journal is a file that people share.
    """

    service: str
    route: str
    at_ms: int
    answered_ms: int
    sent: dict[str, Any]
    status: int | None
    answer: Any
    done: bool
    fault: str | None = None
