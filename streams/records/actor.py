"""Actor: who made a call, and how sure we are of it."""

from enum import StrEnum

from msgspec import Struct


class ActorKind(StrEnum):
    """What sort of caller it was."""

    PERSON = "person"
    WORKLOAD = "workload"
    SERVICE = "service"
    ROOT = "root"
    UNKNOWN = "unknown"


class Confidence(StrEnum):
    """How far the record proves the person; only high and medium are asked."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


class Actor(Struct, frozen=True):
    """Who did it: `person` is a directory id, `claim` what the record itself said (the caller's own word)."""

    kind: ActorKind
    person: str | None
    claim: str | None
    confidence: Confidence
    why: str
    account: str | None = None


class Asked(Struct, frozen=True):
    """The person a question goes to, as the directory named them when the call was judged.

    `slack` is a Slack user id, `duo` a Duo user name; either may be missing, which pages.
    """

    person: str
    name: str
    slack: str | None
    duo: str | None


def actor_key(actor: Actor, asked: Asked | None) -> str:
    """The partition key of `commands`: the person to be asked, else kind, account and claim.

    Invariant: never the confidence, so that every case of one person lies in one partition.
    """
    if asked is not None:
        return f"person/{asked.person}"
    return f"{actor.kind}/{actor.account or '-'}/{actor.claim or '-'}"
