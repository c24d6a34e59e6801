"""`countersign audit` over the log of a run: a row a check, the findings, and the exit code."""

import json
import subprocess
import sys

import pytest

from agents.decisions.audit.registry import CHECKS
from streams.shell.message import Send
from streams.topics import APP_ID, Topic, plan
from tests.support.flow import Flow, record
from tests.support.logs import open_writer


@pytest.fixture
def flow() -> Flow:
    made = Flow()
    made.calls([record(1, "linus", "DeleteUser"), record(2, "ada", "TagUser"), record(3, "ada", "ListUsers")])
    made.settle()
    return made


async def write(flow, path, left_out=()):
    """The flow's log as a file; what is left out is lost, and acknowledged all the same."""
    writer = open_writer(path, plan=plan(1))
    stored = [(topic, one) for topic, some in flow.log.messages.items() if topic not in left_out for one in some]
    await writer.append([Send(topic, one.key, one.value, 0) for topic, one in stored])
    await writer.commit_offsets(APP_ID, {(topic, 0): offset for topic, offset in flow.log.offsets.items()})
    writer.close()


def audit(path, *options):
    command = [sys.executable, "-m", "agents.cli.main", "audit", "--log", str(path), *options]
    run = subprocess.run(command, capture_output=True, text=True, cwd=path.parent, check=False)
    return run.returncode, run.stdout, run.stderr


async def test_a_whole_log_has_a_row_for_each_check_and_exit_code_0(flow, tmp_path):
    await write(flow, tmp_path / "log.db")
    code, out, err = audit(tmp_path / "log.db", "-o", "json", "-q")
    rows = json.loads(out)
    assert [row["check"] for row in rows] == [check.name for check in CHECKS]
    assert {row["ok"] for row in rows} == {True, None}
    assert (code, err) == (0, "")
    assert all(row["tests"] for row in rows if row["ok"] is None)
    assert [row["ok"] is None for row in rows] == [row["lacks"] is not None for row in rows]


async def test_a_check_with_nothing_to_go_by_is_a_dash_and_says_what_is_missing(flow, tmp_path):
    await write(flow, tmp_path / "log.db")
    _, out, _ = audit(tmp_path / "log.db")
    rows = {line.split()[1]: line for line in out.splitlines()}
    assert rows["lapsed-deadlines-page"].split()[2] == "ok"
    for name, missing in (
        ("replay", "the limits that a configuration gives are not known"),
        ("no-secret", "the secrets of the run are not known"),
        ("leaves-in-time", "no processes are handed over with the log"),
    ):
        assert rows[name].split()[2] == "-"
        assert rows[name].endswith(f"(not judged: {missing})")


async def test_what_is_lost_is_listed_with_its_place_and_exit_code_1(flow, tmp_path):
    await write(flow, tmp_path / "log.db", left_out=[Topic.COMMANDS])
    code, out, err = audit(tmp_path / "log.db")
    assert code == 1
    assert any(line.startswith("I18") and "WRONG" in line for line in out.splitlines())
    assert "at calls:0:0 is acknowledged without its command" in out
    assert "messages read; 0 calls on the way to an end" in err
    assert audit(tmp_path / "log.db", "-q")[2] == ""


def test_a_log_that_is_not_there_is_exit_code_4(tmp_path):
    code, out, err = audit(tmp_path / "none.db")
    assert (code, out) == (4, "")
    assert "countersign audit:" in err
