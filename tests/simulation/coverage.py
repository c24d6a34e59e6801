"""Coverage: what many seeds must have reached together; what none of them reached is a hole in the simulation."""

from collections import Counter
from collections.abc import Iterable

from streams.records.case import ENDS
from streams.records.fact import FactKind
from streams.records.verdict import End
from tests.simulation.faults import HOW
from tests.simulation.people import TAPS, WAYS
from tests.simulation.points import POINTS
from tests.simulation.schedule import STROKES, VENDORS

REASONS = (
    "alert",
    "bypass",
    "contradiction",
    "decision_failed",
    "denied",
    "duo_denied",
    "fraud",
    "late",
    "no_answer",
    "no_duo",
    "no_slack",
    "not_enrolled",
    "prompt_ceiling",
    "push_denied",
    "push_failed",
    "push_timeout",
    "unattributed",
    "unreachable",
    "watchdog",
)
EXPECTED: dict[str, Iterable[str]] = {
    "end": sorted({"dead-lettered", *map(str, ENDS), *map(str, End)}),
    "reason": REASONS,
    "fact": [str(kind) for kind in FactKind],
    "input": ("duplicate", "late"),
    "session": ("joined", "not joined"),
    "twin": ("joined", "not joined"),
    "answer": WAYS,
    "tap": TAPS,
    "fault": [
        *STROKES,
        "rebalance",
        "halt",
        "log.append",
        "gateway",
        *(f"{v}.{how}" for v in VENDORS for how in HOW),
    ],
    "rare": ("aggregate", "asked twice", "late write of a former owner", "pushed again", "watchdog paged"),
    "crash": POINTS,
}
ENOUGH = 1_000
"""From so many seeds on, a hole is a fault."""


def holes(seeds: Counter[tuple[str, str]]) -> list[str]:
    """What no seed reached."""
    return [f"{kind} {name}" for kind, names in EXPECTED.items() for name in names if not seeds[kind, name]]


def table(seeds: Counter[tuple[str, str]], played: int) -> list[str]:
    """The share of seeds that reached each thing."""
    names = {*seeds, *((kind, name) for kind, expected in EXPECTED.items() for name in expected)}
    return [f"{kind:8} {name:44} {seeds[kind, name] / played:7.2%}" for kind, name in sorted(names)]
