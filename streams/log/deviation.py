"""Deviation: where a topic of the log is not what the pipeline relies on, and what mends it."""

from enum import StrEnum
from typing import NamedTuple

APPLY = "countersign topics apply"


class Mend(StrEnum):
    """What becomes of a deviation."""

    CREATE = "create"
    CHANGE = "change"
    REFUSED = "refused"  # mending it could lose or misplace messages: people decide


class Deviation(NamedTuple):
    """One thing about one topic: what is, what should be, and the command or the step that mends it."""

    topic: str
    what: str
    found: str
    wanted: str
    mend: Mend
    remedy: str = f"run `{APPLY}`"

    def __str__(self) -> str:
        if self.mend is Mend.CREATE:
            return f"topic {self.topic} is missing: {self.remedy}"
        return f"topic {self.topic}: {self.what} is {self.found} and has to be {self.wanted}: {self.remedy}"
