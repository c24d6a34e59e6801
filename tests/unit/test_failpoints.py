"""A failpoint kills by SIGKILL, at the passing that the environment names, and leaves its name behind."""

import os
import signal
import subprocess
import sys

import pytest

from tests.support.failpoints import ROOT

PROGRAM = """
import asyncio
from streams.shell.failpoints import failpoint, step

async def walk():
    for number in range(3):
        print("in", number, flush=True)
        await step("demo.walk", asyncio.sleep(0))
        print("out", number, flush=True)
    failpoint("demo.end")
    print("end", flush=True)

asyncio.run(walk())
"""


def _run(tmp_path, setting):
    environment = {**os.environ, "CS_FAILPOINT": setting, "CS_FAILPOINT_FILE": str(tmp_path / "fired")}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("setting", "last"),
    [
        ("demo.walk.before", "in 0"),
        ("demo.walk.after:1", "in 0"),
        ("demo.walk.before:2", "in 1"),
        ("demo.walk.after:3", "in 2"),
        ("demo.end", "out 2"),
    ],
)
def test_a_named_failpoint_kills_at_its_nth_passing(tmp_path, setting, last):
    ended = _run(tmp_path, setting)
    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout.splitlines()[-1] == last
    assert (tmp_path / "fired").read_text().splitlines() == [setting.partition(":")[0]]


def test_a_failpoint_that_is_not_reached_leaves_no_proof(tmp_path):
    ended = _run(tmp_path, "demo.walk.before:9")
    assert ended.returncode == 0
    assert not (tmp_path / "fired").exists()
