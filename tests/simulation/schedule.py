"""Schedule: everything that a seed says will happen, drawn before the run begins."""

import random
from typing import Any, NamedTuple

from tests.simulation.chains import Arrival, draw_chains
from tests.simulation.company import CALLERS, EVENTS, Made
from tests.simulation.faults import HOW, Window
from tests.simulation.points import POINTS

STROKES = ("kill", "sleep", "jump", "leave", "fail", "cut", "hang")
AMOUNTS = {
    "sleep": (2.0, 8.0, 15.0, 45.0),
    "cut": (5.0, 15.0, 20.0, 29.0),
    "hang": (20.0, 150.0),
    "jump": (-300.0, -30.0, -5.0, 5.0, 30.0, 300.0),
}
"""Seconds; of `fail`, which append from then on."""
VENDORS = ("slack", "duo", "pagerduty")
BUSY_S = 150.0
"""Calls come in for so long; faults for twice that."""
REORDER_S = 20.0
NEVER_S = 1e9
_EVENTS = ("CreateUser", "CreateUser", "CreateUser", "CreateAccessKey", *EVENTS)


class Delivery(NamedTuple):
    """What a feed hands over at once, of one credential, made by somebody or under a chain's session.

    `backfill` is as the feed was declared.
    """

    at_s: float
    calls: list[Any]
    backfill: bool


class Crash(NamedTuple):
    """Whoever is the n-th to pass this point dies there."""

    point: str
    nth: int


class Stroke(NamedTuple):
    """Something that happens to a worker at a time.

    It is killed, sleeps (SIGSTOP), its clock jumps, the group is shared out anew, an append fails, its way to the
    log is cut, or its streams hang.
    """

    at_s: float
    kind: str
    worker: int
    amount: float = 0.0


class Schedule(NamedTuple):
    """One seed's run; a worker that starts after `stricter_s` has the next version of the rules."""

    seed: int
    embedded: bool
    tight: bool
    stricter_s: float
    deliveries: list[Delivery]
    chained: list[Arrival]
    quiet: bool
    crashes: list[Crash]
    strokes: list[Stroke]
    windows: dict[str, list[Window]]
    chances: dict[str, float]
    standings: dict[str, str]


def draw(seed: int) -> Schedule:
    """The schedule of a seed: the same seed gives the same one."""
    rng = random.Random(seed)
    embedded = rng.random() < 0.3
    quiet = rng.random() < 0.1
    deliveries = _deliveries(rng)
    chained = draw_chains(seed, BUSY_S)
    deliveries = sorted(
        [*deliveries, *(Delivery(one.at_s, [one.call], backfill=False) for one in chained)],
        key=lambda one: one.at_s,
    )
    return Schedule(
        seed=seed,
        embedded=embedded,
        tight=rng.random() < 0.25,
        stricter_s=rng.uniform(0.0, BUSY_S) if rng.random() < 0.3 else NEVER_S,
        deliveries=deliveries,
        chained=chained,
        quiet=quiet,
        crashes=[] if quiet else _crashes(rng, seed),
        strokes=[] if quiet else _strokes(rng, deliveries, embedded=embedded),
        windows={name: [] if quiet else _windows(rng) for name in VENDORS},
        chances={name: 0.0 if quiet else rng.choice((0.0, 0.05, 0.3)) for name in VENDORS},
        standings={"ada": "auth", "grace": rng.choice(("auth", "auth", "auth", "allow", "enroll", "deny"))},
    )


def _deliveries(rng: random.Random) -> list[Delivery]:
    """Calls in bursts; some frames come twice, some late, some out of order."""
    found: list[Delivery] = []
    number = 0
    for _ in range(rng.randint(1, 4)):
        who, at_s = rng.choice(CALLERS), rng.uniform(0.5, BUSY_S)
        late = rng.random() < 0.12
        calls = []
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            number += 1
            calls.append(Made(number, who, rng.choice(_EVENTS), late, rng.random() < 0.02))
        first = Delivery(at_s, calls, late and rng.random() < 0.5)
        found.append(first)
        if rng.random() < 0.35:  # again: all or some of it, soon or much later, before or after what came between
            again = rng.sample(calls, rng.randint(1, len(calls)))
            backfill = first.backfill and rng.random() < 0.5
            found.append(Delivery(max(0.1, at_s + rng.uniform(-REORDER_S, 3 * REORDER_S)), again, backfill))
        if rng.random() < 0.3:  # the run goes on
            number += 1
            more = [Made(number, who, rng.choice(_EVENTS), late)]
            found.append(Delivery(at_s + rng.uniform(0, 2 * REORDER_S), more, first.backfill))
    return sorted(found, key=lambda one: one.at_s)


def _crashes(rng: random.Random, seed: int) -> list[Crash]:
    """One of the points in turn, so that many seeds reach them all; and now and then others."""
    found = [Crash(POINTS[seed % len(POINTS)], rng.choice((1, 1, 2, 3)))]
    found += [Crash(rng.choice(POINTS), rng.choice((1, 1, 2, 5))) for _ in range(rng.choice((0, 0, 1, 2)))]
    return found


def _strokes(rng: random.Random, deliveries: list[Delivery], *, embedded: bool) -> list[Stroke]:
    found: list[Stroke] = []
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        at_s, worker = _moment(rng, deliveries), rng.randrange(1 if embedded else 2)
        kind = rng.choice((*STROKES, "cut"))
        if kind in {"jump", "cut"} and embedded:
            continue  # its log's clock and disk are its worker's own
        if kind == "cut":
            at_s = max(1.0, at_s - rng.uniform(0.0, 9.0))  # what then comes is handled, and waits behind the cut
        amounts = AMOUNTS.get(kind, (1.0, 2.0, 3.0, 5.0))
        found.append(Stroke(at_s, kind, worker, rng.choice(amounts)))
        if kind == "cut" and rng.random() < 0.5:  # what landed late is read by a third
            found.append(Stroke(at_s + found[-1].amount + rng.uniform(0.5, 20.0), "kill", 1 - worker))
    return sorted(found)


def _moment(rng: random.Random, deliveries: list[Delivery]) -> float:
    """Any time, or one at which something is on its way: a delivery, or a wait of it that ends."""
    if rng.random() < 0.5:
        return rng.uniform(1.0, 2 * BUSY_S)
    return rng.choice(deliveries).at_s + rng.choice((0.0, 10.0, 11.0, 15.0, 30.0, 50.0)) + rng.uniform(0.0, 1.0)


def _windows(rng: random.Random) -> list[Window]:
    if rng.random() < 0.7:
        return []
    begin_s = rng.uniform(0.0, 2 * BUSY_S)
    return [Window(begin_s, begin_s + rng.choice((5.0, 20.0, 60.0, 150.0)), rng.choice((*HOW, "mixed")))]
