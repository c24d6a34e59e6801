"""Finding: one thing that is not as it was promised."""

from typing import NamedTuple

from agents.decisions.audit.journal import At


class Finding(NamedTuple):
    """A sentence for people, and what it speaks of; `fingerprint` is hex, `at` the topic, partition and offset."""

    sentence: str
    case_id: str | None = None
    fingerprint: str | None = None
    at: str | None = None

    @property
    def subject(self) -> tuple[str | None, ...]:
        """What tells one finding of a check from another, whenever it is looked for."""
        return self.case_id, self.fingerprint, self.at

    def __str__(self) -> str:
        return self.sentence


def place(topic: str, at: At) -> str:
    """Where a message lies, as `dlq` and the findings spell it."""
    return f"{topic}:{at.partition}:{at.offset}"


def named(mark: bytes | None) -> str:
    """A call in a sentence."""
    return mark.hex()[:12] if mark else "unreadable"


def of_case(case_id: str, what: str, *, at: str | None = None) -> Finding:
    """A finding about a case: "case ID WHAT"."""
    return Finding(f"case {case_id} {what}", case_id=case_id, at=at)


def of_call(mark: bytes | None, what: str, *, at: str | None = None) -> Finding:
    """A finding about a call: "call ID WHAT"."""
    return Finding(f"call {named(mark)} {what}", fingerprint=mark.hex() if mark else None, at=at)
