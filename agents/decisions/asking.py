"""Asking: who is asked about a notify call, by how far its caller is proven."""

from collections.abc import Mapping
from enum import StrEnum

from streams.records.actor import Actor, Confidence


class Asking(StrEnum):
    """Ask the person who is proven, ask the owner of the account in their place, or page."""

    PERSON = "person"
    OWNER = "owner"
    PAGE = "page"


AskPolicy = Mapping[Confidence, Asking]
"""By confidence; what a rule leaves out its account says, and what both leave out is the default."""

DEFAULT: AskPolicy = {
    Confidence.HIGH: Asking.PERSON,
    Confidence.MEDIUM: Asking.PERSON,
    Confidence.LOW: Asking.PAGE,
    Confidence.NONE: Asking.PAGE,
}

NOBODY_PROVEN = frozenset({Confidence.LOW, Confidence.NONE})
"""There is no person to ask: only the owner can be."""


def asking(actor: Actor, *policies: AskPolicy) -> Asking:
    """What the first of these policies says that speaks of this actor's confidence.

    Somebody who is proven and not in the people file counts as none: we know of nobody to ask.
    """
    confidence = actor.confidence
    if actor.person is None and confidence not in NOBODY_PROVEN:
        confidence = Confidence.NONE
    for policy in (*policies, DEFAULT):
        if confidence in policy:
            return policy[confidence]
    return Asking.PAGE
