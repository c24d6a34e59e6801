"""Two thousand schedules of faults end well, and the simulation reaches what it is for."""

import pytest

from tests.simulation.__main__ import chunk, replay
from tests.simulation.points import BESIDE, POINTS, WALKED
from tests.support.failpoints import ROOT, calls, literal

SEEDS = 2_000
CHUNK = 100


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_every_schedule_of_a_hundred_seeds_ends_well(first):
    failed = [one for one in chunk(first, first + CHUNK) if one.findings]
    for one in failed:
        print("\n".join([*one.trace, f"replay: {replay(one.seed)}", ""]))
    assert [(one.seed, one.findings) for one in failed] == []


def test_every_step_of_the_workers_is_a_place_to_die():
    steps = {
        (literal(call) or "").removesuffix(".before").removesuffix(".after")
        for function in ("step", "failpoint")
        for path, call in calls(function)
        if str(path.relative_to(ROOT)) in WALKED
    }
    walked = {point.partition(":")[2].rpartition(".")[0] for point in POINTS}
    assert steps - BESIDE == walked


def test_a_seed_is_played_the_same_way_every_time():
    once, again = chunk(7, 8, traced=True)[0], chunk(7, 8, traced=True)[0]
    assert once == again
    assert once.trace
