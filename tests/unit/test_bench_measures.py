"""What the harness measures with: slopes with their errors, CPU between two moments, rates read from the log."""

import os
import random
import time
from collections import Counter

import pytest

from benchmarks.report import svg
from benchmarks.report.slope import slope
from benchmarks.run.meter import Look, Meter
from benchmarks.run.progress import Decided, Step
from benchmarks.run.timed import timed


def noisy(per_minute: float) -> list[tuple[float, float]]:
    rng = random.Random(4)
    return [(second / 60, 100 + per_minute * second / 60 + rng.gauss(0, 0.5)) for second in range(480)]


def test_noise_alone_is_flat_and_growth_is_not():
    flat, grows = slope(noisy(0)), slope(noisy(0.5))
    assert flat.is_flat()
    assert not grows.is_flat()
    assert grows.per_unit == pytest.approx(0.5, abs=4 * grows.error)


def test_too_few_looks_tell_no_slope():
    with pytest.raises(ValueError, match="three blocks"):
        slope([(0, 1), (1, 2)])


def test_cpu_between_two_moments_is_taken_between_the_looks():
    meter = Meter(os.getpid())
    meter.looks = [Look(0, 1.0, 50), Look(100, 2.0, 70), Look(200, 2.0, 60)]
    assert meter.cpu_between(50, 150) == pytest.approx(0.5)
    assert meter.cpu_between(-10, 500) == pytest.approx(1.0)
    assert meter.peak_mb() == 70


def test_a_meter_sees_this_process_work_and_stops_with_it():
    with Meter(os.getpid(), 0.01) as meter:
        began = time.process_time()
        while time.process_time() - began < 0.1:
            pass
    assert meter.cpu_between(0, meter.looks[-1].at_ms) >= 0.05
    assert meter.peak_mb() > 10


def test_the_rate_leaves_out_what_came_before_the_first_verdict():
    found = Decided([Step(1_000, 300), Step(2_000, 10_300)], Counter(a=1), 3_000)
    told = timed(found, [], 2_500, [])
    assert told.per_s == 10_000
    assert told.through_per_s == 5_000
    assert told.findings == []
    assert (told.committed_s, told.cases_s) == (0.5, 1.0)
    assert told.told()["steps"] == [(0, 300), (1_000, 10_300)]


def test_a_run_without_any_verdict_is_a_finding():
    assert "there is no verdict at all" in timed(Decided([], Counter()), [], 0, []).findings


@pytest.mark.parametrize("steps", [[Step(1_000, 300)], [Step(1_000, 300), Step(2_000, 200)]])
def test_a_run_that_is_too_short_to_tell_a_rate_is_a_finding(steps):
    assert "more records are needed" in str(timed(Decided(steps, Counter(a=1)), [], 0, []).findings)


def test_plots_are_whole_and_escape_what_they_show():
    from xml.etree import ElementTree as ET

    for text in (
        svg.bars("a < b", [("ours & theirs", 5_000.0), ("none", 0.0)], "/s"),
        svg.lines("memory", {"MB": [(0.0, 1.0), (2.0, 3.0)]}, "minutes", "MB"),
        svg.bars("nothing", [], "/s"),
    ):
        assert ET.fromstring(text).tag.endswith("svg")
