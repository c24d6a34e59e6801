"""The short form of `make chaos`: four of its rows with short times, as part of every test run."""

from dataclasses import replace

import pytest

from tests.chaos.play import play
from tests.chaos.rows import ROWS

pytestmark = [
    pytest.mark.system,
    pytest.mark.slow,
    pytest.mark.chaos_short,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("chaos"),
]

SHORT = {
    "group_wait_s": 1,
    "group_interval_s": 1,
    "prompt_timeout_s": 10,
    "reminder_after_s": 5,
    "push_timeout_s": 5,
    "delivery_timeout_s": 5,
    "grant_wait_s": 1,
}
PLAYED = ("kill-worker", "pause-worker-15", "broker-restart", "pagerduty-5xx-then-lost")


@pytest.mark.parametrize("name", PLAYED)
def test_a_run_keeps_every_promise_through(name, tmp_path, kafka):
    (row,) = [row for row in ROWS if row.name == name]
    verdict = play(replace(row, timing=SHORT, calm_s=3), tmp_path, kafka)
    assert verdict.findings == []
    assert verdict.calls > 0
    assert sum(verdict.ends.values()) == verdict.calls
