"""Rows: each outside service refuses, hangs, limits, breaks, or does its work and loses the answer."""

import time

from agents.standins.plan import BROKEN, LOST, Fault, Trouble, hang
from tests.chaos.row import Row
from tests.chaos.world import World

FOR_S = 20.0
HANG_S = 60.0
TROUBLES = {
    "hang": hang(HANG_S),
    "429": Fault(Trouble.LIMITED, retry_after_s=3),
    "5xx": BROKEN,
    "lost": LOST,
}
WORDS = {
    "refuse": "refuses connections",
    "hang": "says nothing",
    "429": "answers 429 with Retry-After",
    "5xx": "answers 5xx",
    "lost": "does its work and loses the answer",
    "full": "answers that its disk is full",
}
SERVICES = ("slack", "duo", "pagerduty")
ARCHIVE = "elasticsearch"


def troubled(service: str, trouble: str) -> Row:
    """A stand-in in trouble for 20 s."""

    def inject(world: World) -> None:
        standin = getattr(world.standins, service)
        with world.trouble(service):
            if trouble == "refuse":
                world.hands.run(standin.stop())
                world.calm(FOR_S)
                world.hands.run(standin.start(port=standin.port))
            else:
                standin.faults.always("*", TROUBLES[trouble])
                world.calm(FOR_S)
                standin.faults.clear()
        world.calm(5)

    return Row(
        f"{service}-{trouble}",
        f"{service} {WORDS[trouble]} for {FOR_S:.0f} s",
        inject,
        outage_s=FOR_S if service == "pagerduty" else 0.0,
    )


def archive_troubled(trouble: str) -> Row:
    """Elasticsearch in trouble for 20 s: nobody waits for it."""

    def inject(world: World) -> None:
        with world.trouble(ARCHIVE):
            if trouble == "refuse":
                world.hands.run(world.archive.stop())
                world.calm(FOR_S)
                world.hands.run(world.archive.start())
            else:
                world.archive.trouble = trouble
                world.calm(FOR_S)
                world.archive.trouble = None
        world.calm(5)

    return Row(f"{ARCHIVE}-{trouble}", f"{ARCHIVE} {WORDS[trouble]} for {FOR_S:.0f} s", inject)


def page_broken_then_lost(world: World) -> float:
    """PagerDuty answers 5xx, then takes events and loses its answers."""
    began_s = time.monotonic()
    for fault in (BROKEN, LOST):
        world.standins.pagerduty.faults.always("*", fault)
        world.calm(8)
    world.standins.pagerduty.faults.clear()
    return time.monotonic() - began_s


ROWS = [
    *(troubled(service, trouble) for service in SERVICES for trouble in ("refuse", *TROUBLES)),
    *(archive_troubled(trouble) for trouble in ("refuse", *TROUBLES, "full")),
    Row(
        "pagerduty-5xx-then-lost",
        "pagerduty answers 5xx for 8 s, then loses its answers for 8 s",
        page_broken_then_lost,
    ),
]
