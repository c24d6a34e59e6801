"""Grants: what several records together prove of a session. Pure, and in any order of the grants the same."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from streams.records.actor import Actor, ActorKind, Confidence
from streams.records.grant import Grant, Holder, Proof, Session

MAX_OF_ACCOUNT = 3
"""Of one account's records about a key so many are kept: an honest account has one or two to tell of it."""

MAX_ACCOUNTS = 6
"""Accounts that may speak of a key: an honest session has one, or two where its role is of another account."""

EVERYBODY = "*"

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
    until_ms = max(grant.until_ms, session.until_ms if session is not None else 0)
    crowded = set(session.crowded) if session is not None else set()
    kept = _kept(known.values(), crowded)
    if EVERYBODY in crowded:
        return Session(grant.key, until_ms, [], EVERYBODY, named=False, crowded=[EVERYBODY])
    best = min(kept, key=_rank)
    return Session(
        key=grant.key,
        until_ms=until_ms,
        grants=kept,
        issuer=_issuer(best),
        named=best.holder is not None and name_of(best.holder.actor) is not None,
        crowded=sorted(crowded),
    )


def _kept(grants: Iterable[Grant], crowded: set[str]) -> list[Grant]:
    """The first of each account, by source; who said more is noted in `crowded`.

    So an account that floods a key of another's with records of its own spoils what hangs on these, and no more.
    """
    by_account: defaultdict[str, list[Grant]] = defaultdict(list)
    for one in sorted(grants, key=lambda one: (one.source, one.proof)):
        by_account[speaker(one)].append(one)
    crowded.update(account for account, said in by_account.items() if len(said) > MAX_OF_ACCOUNT)
    if len(by_account) > MAX_ACCOUNTS:
        crowded.add(EVERYBODY)
    return [one for account in sorted(by_account) for one in by_account[account][:MAX_OF_ACCOUNT]]


def speaker(grant: Grant) -> str:
    """The account whose record says so: the role's where it proves the session, else the caller's."""
    if grant.proof in {Proof.WHOLE, Proof.ROLE}:
        return account_of_arn(grant.subject)
    return grant.account or "-"


def account_of_arn(arn: str) -> str:
    """The account of an ARN; "-" where it names none."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and parts[4] else "-"


def held(session: Session | None, subject: str) -> Held:
    """Who has the session of that ARN; grants of the same key for another ARN say nothing about it."""
    if session is None:
        return NOTHING
    said = [one for one in session.grants if one.subject == subject]
    asked = {EVERYBODY, account_of_arn(subject)} | {one.account for one in said if one.proof is Proof.ROLE}
    return Held(None, CROWD) if asked & set(session.crowded) else _agreed(_holders(said))


def twin_held(session: Session | None, subject: str, account: str | None, principal: str | None) -> Held:
    """Who made a call that another account recorded as well, by the caller's own copy of it."""
    if session is None:
        return NOTHING
    if {EVERYBODY, account} & set(session.crowded):
        return Held(None, CROWD)
    wanted = (Proof.TWIN, subject, account, principal)
    return _agreed(
        [one.holder for one in session.grants if (one.proof, one.subject, one.account, one.principal) == wanted]
    )


def contradiction(session: Session) -> frozenset[str]:
    """The names of the people that a session is said to be of, where these are several; else none."""
    if EVERYBODY in session.crowded:
        return CROWD
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
    said = [name for one in found for name in (name_of(one.actor), one.claimed)]
    names = frozenset(name for name in said if name is not None)
    if len(names) > 1:
        return Held(None, names)
    return Held(min(found, key=_order), names) if found else NOTHING


def _rank(grant: Grant) -> tuple[tuple[bool, int, str, bool], int, str]:
    """A total order: which of two grants is kept must not depend on which came first."""
    nobody = (True, 0, "", True)
    return (_order(grant.holder) if grant.holder else nobody, grant.until_ms, repr(grant))


def _order(holder: Holder) -> tuple[bool, int, str, bool]:
    """Who is proven before who is not, the shorter way before the longer, by the letter, a doubt before none."""
    return (name_of(holder.actor) is None, holder.hops, repr(holder.actor), holder.claimed is None)
