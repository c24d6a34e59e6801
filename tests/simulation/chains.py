"""Chains: people who call through roles, with grants that are early, late, missing, doubled or reordered."""

import json
import random
from typing import Any, NamedTuple

from tests.simulation.company import EVENTS, GRANT_WAIT_S, PEOPLE, T0, iso
from tests.support.sessions import A, B, assume, elsewhere, made, session, user

CALLERS = ("ada", "ada", "grace", "nobody")
NAMES = ("grace", "botocore-session-1", "ada")
"""What the callers name their sessions: what another is called, too (threat T5)."""

MARGIN_S = 4.0
"""The timers look once a second, and a message takes its time: in between either outcome is right."""

NEVER_S = 1e9
_EVENTS = ("CreateUser", "CreateUser", "CreateAccessKey", *EVENTS)


class Chain(NamedTuple):
    """Whose it is, through how many roles, and whether these are in another account than the person."""

    number: int
    who: str
    hops: int
    name: str
    across: bool

    @property
    def account(self) -> str:
        return B if self.across else A

    def identity(self, hop: int) -> dict[str, Any]:
        """Who calls after so many roles."""
        return session(self.key(hop), f"role{hop}", self.name, self.account) if hop else user(self.who)

    def key(self, hop: int) -> str:
        return f"ASIA{self.number}X{hop}" if hop else f"AKIA{self.who.upper()}"


class Chained(NamedTuple):
    """One call of a chain: an `event` after all its hops, or the AssumeRole that leads to hop `hop`.

    `theirs` is the role account's copy of an AssumeRole by another account.
    """

    number: int
    chain: Chain
    hop: int
    event: str | None = None
    theirs: bool = False
    late: bool = False

    @property
    def caller(self) -> dict[str, Any]:
        own = self.chain.identity(self.hop if self.event else self.hop - 1)
        return elsewhere(own) if self.theirs else own

    @property
    def shared(self) -> str:
        return f"shared-{self.chain.number}"

    @property
    def credential(self) -> bytes:
        """As the bridge would have it."""
        key: str = self.shared if self.theirs else self.caller["accessKeyId"]
        return key.encode()

    def record(self) -> bytes:
        """Its bytes, the same whenever it is delivered."""
        when = iso(T0 - 1_000)
        if self.event is not None:
            return json.dumps(made(self.number, self.caller, self.event, eventTime=when)).encode()
        chain = self.chain
        changes: dict[str, Any] = {"eventTime": when}
        recorded_in = chain.account
        if self.hop == 1 and chain.across:
            changes["sharedEventID"] = self.shared
            recorded_in = chain.account if self.theirs else A
        issued = (chain.key(self.hop), f"role{self.hop}", chain.name, chain.account)
        return json.dumps(assume(self.number, self.caller, *issued, recorded_in, **changes)).encode()


class Twin(NamedTuple):
    """One of the two copies of a call by an IAM user: the caller's own account's, or `theirs`, which hides who."""

    number: int
    who: str
    theirs: bool
    event: str = "CreateUser"
    late: bool = False

    @property
    def shared(self) -> str:
        return f"twin-{self.number // 10}"

    @property
    def credential(self) -> bytes:
        """As the bridge would have it."""
        return (self.shared if self.theirs else f"AKIA{self.who.upper()}").encode()

    def record(self) -> bytes:
        """Its bytes, the same whenever it is delivered."""
        caller = elsewhere(user(self.who)) if self.theirs else user(self.who)
        changes = {"sharedEventID": self.shared, "recipientAccountId": B if self.theirs else A}
        return json.dumps(made(self.number, caller, self.event, eventTime=iso(T0 - 1_000), **changes)).encode()


class Arrival(NamedTuple):
    """When a call of a chain, or a copy of one, arrives."""

    at_s: float
    call: Any


def draw_chains(seed: int, busy_s: float) -> list[Arrival]:
    """The chains of a seed; half of the seeds have none."""
    rng = random.Random(f"chains {seed}")
    found: list[Arrival] = []
    for index in range(rng.choice((0, 0, 1, 2))):
        number = 10_000 * (index + 1)
        chain = Chain(number, rng.choice(CALLERS), rng.choice((1, 1, 2)), rng.choice(NAMES), rng.random() < 0.3)
        at_s = rng.uniform(GRANT_WAIT_S, busy_s)
        for one in range(rng.choice((1, 1, 2))):
            call = Chained(number + one, chain, chain.hops, rng.choice(_EVENTS))
            found += [Arrival(at_s, call)] * rng.choice((1, 1, 1, 2))
        for hop in range(1, chain.hops + 1):
            for theirs in (False, True) if chain.across and hop == 1 else (False,):
                issue = Chained(number + 100 + 10 * hop + theirs, chain, hop, theirs=theirs)
                found += [Arrival(max(0.1, time_s), issue) for time_s in _times(rng, at_s)]
    if rng.random() < 0.3:
        who, at_s = rng.choice(CALLERS), rng.uniform(GRANT_WAIT_S, busy_s)
        found += [Arrival(at_s, Twin(90_000, who, theirs=True))] * rng.choice((1, 1, 2))
        found += [Arrival(max(0.1, time_s), Twin(90_001, who, theirs=False)) for time_s in _times(rng, at_s)]
    return found


def _times(rng: random.Random, at_s: float) -> list[float]:
    """When a grant's call comes, seen from the call that waits for it."""
    early, late = at_s - rng.uniform(0.5, GRANT_WAIT_S), at_s + rng.uniform(0.0, GRANT_WAIT_S)
    far = at_s + rng.uniform(GRANT_WAIT_S, 4 * GRANT_WAIT_S)
    ways: tuple[list[float], ...] = ([early], [early], [late], [late], [early, late], [late, far], [far], [])
    return rng.choice(ways)


def expected(arrivals: list[Arrival], call: Chained | Twin) -> set[str | None]:
    """Whom a call may be put down to, when nothing goes wrong but the order of arrival."""
    who = call.who if isinstance(call, Twin) else call.chain.who
    person = who if who in {one.id for one in PEOPLE} else None
    called_s = min(one.at_s for one in arrivals if one.call == call)
    known_s, sure = _twin_known(arrivals, call) if isinstance(call, Twin) else _chain_known(arrivals, call)
    if known_s > called_s + GRANT_WAIT_S + MARGIN_S:
        return {None}
    if sure and known_s <= called_s + GRANT_WAIT_S - MARGIN_S:
        return {person}
    return {None, person}


def _twin_known(arrivals: list[Arrival], call: Twin) -> tuple[float, bool]:
    own = call._replace(number=call.number // 10 * 10 + 1, theirs=False)
    return min((one.at_s for one in arrivals if one.call == own), default=NEVER_S), True


def _chain_known(arrivals: list[Arrival], call: Chained) -> tuple[float, bool]:
    """When the last grant of a call's chain is there, and whether each found the one before it in time."""
    first: dict[tuple[int, bool], float] = {}
    for one in arrivals:
        if isinstance(one.call, Chained) and one.call.chain == call.chain and one.call.event is None:
            place = (one.call.hop, one.call.theirs)
            first[place] = min(first.get(place, NEVER_S), one.at_s)
    known_s, sure = 0.0, True
    for hop in range(1, call.chain.hops + 1):
        issued_s = first.get((hop, False), NEVER_S)
        sure = sure and known_s <= issued_s + GRANT_WAIT_S - MARGIN_S
        known_s = max(known_s, issued_s)
        if call.chain.across and hop == 1:
            known_s = max(known_s, first.get((hop, True), NEVER_S))
    return known_s, sure
