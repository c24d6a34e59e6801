"""`countersign demo --ending X`: each ending by itself, offline, and nothing left behind."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from streams.embedded.reader import LogReader
from streams.records.case import Case, CaseState
from streams.records.codec import from_entry
from streams.topics import changelog
from tests.support.demo import REPO, DemoPage, play, processes_naming

pytestmark = [pytest.mark.system, pytest.mark.slow]

TOLD = {
    "verified": ["You answered Yes", "The push is on the phone", "You approved the push", "Verified"],
    "no": ["You answered No", "the engineer answered No", "PagerDuty accepted the page"],
    "deny": ["You answered Yes", "You denied the push", "the Duo push was denied", "PagerDuty accepted the page"],
    "silence": ["A reminder, in the thread", "the engineer did not answer in time", "PagerDuty accepted the page"],
}
RECORDED = {
    "verified": "Slack messages 1, Duo pushes 1, PagerDuty incidents 0",
    "no": "Slack messages 1, Duo pushes 0, PagerDuty incidents 1",
    "deny": "Slack messages 1, Duo pushes 1, PagerDuty incidents 1",
    "silence": "Slack messages 2, Duo pushes 0, PagerDuty incidents 1",
}
ENDS = {
    "verified": (CaseState.VERIFIED, None),
    "no": (CaseState.PAGED, "denied"),
    "deny": (CaseState.PAGED, "push_denied"),
    "silence": (CaseState.PAGED, "no_answer"),
}


def only_case(folder: Path) -> Case:
    topic = changelog("cases")
    with LogReader(folder / "countersign.db") as reader:
        parts = [reader.read(topic, partition, 0, 1_000) for partition in range(reader.partitions(topic))]
    newest = {record.key: record.value for part in parts for record in part if record.value is not None}
    assert len(newest) == 1
    return from_entry(Case, next(iter(newest.values())))


@pytest.mark.parametrize("ending", TOLD)
def test_an_ending_is_played_and_told(ending: str, tmp_path: Path) -> None:
    data = tmp_path / "demo"
    began = time.monotonic()
    done = play("--ending", ending, "--data", str(data))
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.monotonic() - began < 60
    places = [done.stdout.index(text) for text in TOLD[ending]]
    assert places == sorted(places)
    assert "countersign.iam.user-created in agents/pack/" in done.stdout
    assert "CreateGroup in sandbox -> log" in done.stdout
    assert RECORDED[ending] in done.stdout
    case = only_case(data)
    assert (case.state, case.reason) == ENDS[ending]
    assert len(case.fingerprints) == 4 * 32
    assert processes_naming(str(data)) == []


def test_only_loopback_is_reached(tmp_path: Path) -> None:
    journal = tmp_path / "guard.txt"
    paths = os.pathsep.join([str(REPO / "tests/support/loopback_only"), str(REPO)])
    guarded = {"PYTHONPATH": paths, "LOOPBACK_GUARD": str(journal)}
    attempt = (sys.executable, "-c", "import socket; socket.create_connection(('192.0.2.1', 80), 5)")
    env = {**os.environ, **guarded}
    probe = subprocess.run(attempt, check=False, env=env, capture_output=True, timeout=30)
    assert b"loopback only" in probe.stderr
    assert "blocked" in journal.read_text()
    journal.unlink()
    done = play("--ending", "verified", env=guarded)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = journal.read_text().splitlines()
    assert [line for line in lines if line.startswith("blocked")] == []
    # The demo, the supervisor it started, and the pipeline that the supervisor started.
    assert sum(line.startswith("armed") for line in lines) >= 3


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    with DemoPage(data) as demo:
        assert len(processes_naming(str(data))) >= 3
        assert demo.leave() == 0
        assert processes_naming(str(data)) == []


def test_a_folder_in_use_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "countersign.db").write_bytes(b"")
    done = play("--ending", "no", "--data", str(tmp_path))
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
    assert "not empty" in done.stderr


def test_settings_of_the_environment_do_not_reach_the_demo() -> None:
    real = {"COUNTERSIGN_SLACK__API_URL": "https://slack.com/api/", "HTTPS_PROXY": "http://192.0.2.1:3128"}
    done = play("--ending", "no", env=real)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_pipeline_that_does_not_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    broken = "import sys\nif 'run' in sys.orig_argv:\n    sys.exit('cannot start')\n"
    (tmp_path / "sitecustomize.py").write_text(broken)
    done = play("--ending", "no", env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{REPO}"})
    assert done.returncode == 4
    assert "cannot start" in done.stderr


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        done = play("--no-open", "--port", str(port))
    assert done.returncode == 4
    assert done.stderr.startswith(f"countersign demo: port {port} cannot be had: Address already in use")
    assert done.stderr.count("\n") == 1
