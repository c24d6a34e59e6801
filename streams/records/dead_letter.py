"""Dead letter: something that arrived and could not be taken as a call, kept with its reason."""

from msgspec import Struct


class DeadLetter(Struct, frozen=True):
    """What was refused, where and why; `body` is the first 64 KB as it came.

    `sensitive` lists "eventSource:eventName" pairs that a scan found in the body and that a notify or alert
    rule names: those page. `traceback` is set where an exception refused the record.
    """

    at_ms: int
    stage: str
    reason: str
    detail: str
    feed: str
    position: str
    body: bytes
    sensitive: list[str] = []
    traceback: str | None = None
    v: int = 1
