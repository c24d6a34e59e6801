"""Grants: what several records together prove of a session. Pure, and in any order of the grants the same."""

from collections.abc import Iterable
from typing import NamedTuple

from streams.records.actor import Actor, ActorKind, Confidence
from streams.records.grant import Grant, Holder, Proof, Session

MAX_GRANTS = 6
"""Sources that are kept for a key: an honest session has one, or two where two accounts recorded its issue."""

_PROVEN = frozenset({Confidence.HIGH, Confidence.MEDIUM})


class Held(NamedTuple):
    """Who has a session, as far as its grants prove it: `names` has more than one where they contradict."""

    holder: Holder | None
    names: frozenset[str]

    @property
    def contradicts(self) -> bool:
        """Whether it is said to be of several people; then it is nobody's."""
        return len(self.names) > 1


NOTHING = Held(None, frozenset())
CROWD = frozenset({"many", "others"})
"""The names of a session of which more was said than is kept."""


def add_grant(session: Session | None, grant: Grant) -> Session:
    """The session with this grant; the same grants in any order, any of them repeatedly, give the same session.

    Of one source, what names somebody replaces what names nobody: the caller's own session was joined since.
    """
    known = {one.source + one.proof: one for one in session.grants} if session is not None else {}
    place = grant.source + grant.proof
    known[place] = min(known.get(place, grant), grant, key=_rank)
    kept = sorted(known.values(), key=lambda one: (one.source, one.proof))
    best = min(kept[:MAX_GRANTS], key=_rank)
    return Session(
        key=grant.key,
        until_ms=max(grant.until_ms, session.until_ms if session is not None else 0),
        grants=kept[:MAX_GRANTS],
        issuer=_issuer(best),
        named=best.holder is not None and name_of(best.holder.actor) is not None,
        crowded=len(kept) > MAX_GRANTS or (session is not None and session.crowded),
    )


def held(session: Session | None, subject: str) -> Held:
    """Who has the session of that ARN; grants of the same key for another ARN say nothing about it."""
    if session is None:
        return NOTHING
    if session.crowded:
        return Held(None, CROWD)
    return _agreed(_holders([one for one in session.grants if one.subject == subject]))


def twin_held(session: Session | None, subject: str, account: str | None, principal: str | None) -> Held:
    """Who made a call that another account recorded as well, by the caller's own copy of it."""
    if session is None:
        return NOTHING
    if session.crowded:
        return Held(None, CROWD)
    wanted = (Proof.TWIN, subject, account, principal)
    return _agreed(
        [one.holder for one in session.grants if (one.proof, one.subject, one.account, one.principal) == wanted]
    )


def contradiction(session: Session) -> frozenset[str]:
    """The names of the people that a session is said to be of, where these are several; else none."""
    for subject in sorted({one.subject for one in session.grants}):
        found = held(session, subject)
        if found.contradicts:
            return found.names
    return frozenset()


def name_of(actor: Actor) -> str | None:
    """Whom an actor proves; None where nobody is proven."""
    if actor.kind is not ActorKind.PERSON or actor.confidence not in _PROVEN:
        return None
    return actor.person or f"{actor.claim} of account {actor.account}"


def _issuer(grant: Grant) -> str:
    """Who made the session: the person, or whatever made it in which account."""
    if grant.holder is None:
        return f"{grant.account}"
    actor = grant.holder.actor
    return name_of(actor) or f"{actor.kind}/{actor.account}/{actor.claim}"


def _holders(grants: list[Grant]) -> list[Holder | None]:
    """Of the role account's copy and the caller's, both are needed: they must tell of the same call."""
    roles = {_call(one) for one in grants if one.proof is Proof.ROLE and one.shared is not None}
    return [
        one.holder
        for one in grants
        if one.proof is Proof.WHOLE or (one.proof is Proof.CALLER and _call(one) in roles)
    ]


def _call(grant: Grant) -> tuple[str | None, str | None, str | None]:
    return (grant.shared, grant.account, grant.principal)


def _agreed(holders: Iterable[Holder | None]) -> Held:
    found = [one for one in holders if one is not None]
    names = frozenset(named for one in found if (named := name_of(one.actor)) is not None)
    if len(names) > 1:
        return Held(None, names)
    return Held(min(found, key=_order), names) if found else NOTHING


def _rank(grant: Grant) -> tuple[tuple[bool, int, str], int, str]:
    """A total order: which of two grants is kept must not depend on which came first."""
    nobody = (True, 0, "")
    return (_order(grant.holder) if grant.holder else nobody, grant.until_ms, repr(grant))


def _order(holder: Holder) -> tuple[bool, int, str]:
    """Who is proven before who is not, the shorter way before the longer, and then by the letter."""
    return (name_of(holder.actor) is None, holder.hops, repr(holder.actor))
