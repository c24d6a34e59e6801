"""The durable shell as a process: what it acknowledges, what it recovers, and how it dies."""

import asyncio
import contextlib
import signal
import sqlite3

import pytest

from streams.embedded.reader import LogReader
from streams.shell.message import Send
from tests.support.child import Child
from tests.support.logs import CHANGELOG, open_writer

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("shell")]


def fill(path, *sends):
    async def append():
        writer = open_writer(path)
        await writer.append(sends)
        await asyncio.to_thread(writer.close)

    asyncio.run(append())


def calls(*pairs, partition=1):
    return [Send("calls", key.encode(), value.encode(), partition) for key, value in pairs]


def shell(path, **environment):
    return Child("tests.support.shell_app", str(path), **environment)


def values(path, topic, partition=1):
    with LogReader(path) as reader:
        return [record.value for record in reader.read(topic, partition, 0, 10_000)]


def committed(path, partition=1):
    with LogReader(path) as reader:
        return reader.committed("countersign", "calls", partition)


def test_an_agent_stores_sends_acknowledges_and_stops_on_sigterm(tmp_path):
    log = tmp_path / "log.db"
    fill(log, *calls(("ada", "one"), ("grace", "two"), ("ada", "three")))
    with shell(log) as child:
        child.until(lambda child: len(child.found("handled")) == 3)
        child.send(signal.SIGTERM)
        assert child.wait() == 0
        assert child.lines[-1] == {"stopped": True}
    assert values(log, "verdicts") == [b"0", b"1", b"2"]
    assert values(log, CHANGELOG) == [b"one", b"two", b"three"]
    assert committed(log) == 3


def test_the_handler_gets_the_append_time_of_the_log(tmp_path):
    log = tmp_path / "log.db"
    fill(log, *calls(("ada", "one")))
    with LogReader(log) as reader:
        appended = reader.read("calls", 1, 0, 1)[0].timestamp_ms
    with shell(log) as child:
        child.until(lambda child: child.found("at_ms") == [appended])


def test_a_poison_message_ends_the_process_before_it_is_acknowledged_and_comes_again(tmp_path):
    log = tmp_path / "log.db"
    fill(log, *calls(("ada", "one"), ("ada", "poison"), ("ada", "after")))
    for _ in range(2):
        with shell(log) as child:
            assert child.wait() == 70
        assert "agent triage failed at calls[1] offset 1" in child.errors
        assert "secret words" not in child.errors
        assert child.found("handled") in ([0], [])
        assert committed(log) <= 1


def test_nothing_is_lost_when_the_process_is_killed_between_commits(tmp_path):
    log = tmp_path / "log.db"
    fill(log, *calls(*[(f"k{number % 5}", f"v{number}") for number in range(200)]))
    with shell(log) as child:
        child.until(lambda child: len(child.found("handled")) > 50)
        child.send(signal.SIGKILL)
        child.wait()
    at_kill = committed(log)
    with shell(log) as child:
        child.until(lambda child: child.found("handled")[-1:] == [199])
        child.until(lambda _: b"199" in values(log, "verdicts"))
        assert child.found("handled")[0] == at_kill
    assert {int(value) for value in values(log, "verdicts")} == set(range(200))


def test_a_killed_app_recovers_its_table_with_removals_and_falsy_values(tmp_path):
    log = tmp_path / "log.db"
    fill(
        log,
        *calls(("gone", "x"), ("gone", "remove"), ("back", "x"), ("back", "remove"), ("back", "0"), ("empty", "")),
        *calls(("other", "y"), partition=2),
    )
    with shell(log) as child:
        child.until(lambda child: len(child.found("handled")) == 7)
        child.until(lambda _: len(values(log, "verdicts")) == 6 and len(values(log, "verdicts", 2)) == 1)
        child.send(signal.SIGKILL)
        child.wait()
    with shell(log) as child:
        child.until(lambda child: len(child.found("assigned")) == 4)
    recovered = {line["assigned"]: line["entries"] for line in child.lines if "assigned" in line}
    assert recovered == {0: {}, 1: {"back": "0", "empty": ""}, 2: {"other": "y"}, 3: {}}


def test_partitions_are_assigned_before_their_first_message(tmp_path):
    log = tmp_path / "log.db"
    fill(log, *calls(("ada", "one")))
    with shell(log) as child:
        child.until(lambda child: child.found("handled"))
        kinds = ["assigned" if "assigned" in line else "handled" for line in child.lines]
    assert kinds == ["assigned"] * 4 + ["handled"]


def broken_shell(tmp_path, log, fault):
    """The shell with a fault of the environment patched in."""
    program = f"{fault}\nimport asyncio, sys\nfrom pathlib import Path\nfrom tests.support.shell_app import main\n"
    (tmp_path / "broken_shell.py").write_text(f"{program}asyncio.run(main(Path(sys.argv[1])))\n")
    return Child("broken_shell", str(log), PYTHONPATH=f"{tmp_path}:.")


LOSES_ENTRIES = """
from streams.shell.ownership import Replay
Replay.fold = lambda *_: None
"""

DISK_FULL = """
from streams.embedded import writer
open_writer = writer.open_writer
def full(*args):
    connection = open_writer(*args)
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    return connection
writer.open_writer = full
"""

READ_FAILS = """
import sqlite3
from streams.embedded.reader import LogReader
def read(*_):
    raise sqlite3.OperationalError("disk I/O error")
LogReader.read = read
"""


def test_a_table_that_lost_an_entry_on_recovery_refuses_to_run(tmp_path):
    log = tmp_path / "log.db"
    fill(log, *[Send(CHANGELOG, b"k%d" % number, b"v", 1) for number in range(5)])
    with broken_shell(tmp_path, log, LOSES_ENTRIES) as child:
        assert child.wait() == 70
    assert "partition 1: 0 entries recovered, 5 live keys on the changelog" in child.errors


@pytest.mark.parametrize(
    ("fault", "words"), [(DISK_FULL, "database or disk is full"), (READ_FAILS, "disk I/O error")]
)
def test_a_log_that_fails_ends_the_process_without_an_acknowledgement(tmp_path, fault, words):
    log = tmp_path / "log.db"
    fill(log, *calls(("ada", "x" * 60_000), ("ada", "y" * 60_000)))
    with broken_shell(tmp_path, log, fault) as child:
        assert child.wait() == 70
    assert words in child.errors
    assert committed(log) == 0


PASSINGS = {
    "app.services.before": 1,
    "app.recovered.before": 1,
    "app.recovered.after": 1,
    "log.assigned.before": 1,
    "recovery.read.before": 1,
    "recovery.read.after": 3,
    "recovery.census.before": 1,
    "recovery.census.after": 3,
    "log.committed.after": 1,
    "log.read.before": 1,
    "log.read.after": 1,
    "append.commit.before": 3,
    "append.commit.after": 3,
    "log.begin": 2,
    "log.commit.before": 2,
    "log.commit.after": 2,
    "agent.changes.before": 5,
    "agent.changes.after": 5,
    "agent.outputs.before": 5,
    "agent.outputs.after": 5,
    "agent.acknowledge.before": 5,
    "agent.acknowledge.after": 5,
    "log.offsets.before": 1,
    "log.offsets.after": 1,
}
"""Failpoints on the way of a call through the shell, and at which passing to die."""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "passing"), PASSINGS.items())
def test_killed_at_any_step_every_call_still_leads_to_its_change_and_its_output(tmp_path, name, passing):
    log, fired = tmp_path / "log.db", tmp_path / "fired"
    fill(log, *calls(*[(f"k{number}", f"v{number}") for number in range(40)]))
    with shell(log, CS_FAILPOINT=f"{name}:{passing}", CS_FAILPOINT_FILE=str(fired)) as child:
        assert child.wait() == -signal.SIGKILL
    assert fired.read_text().split() == [name]
    with shell(log) as child:
        child.until(lambda _: len(set(values(log, "verdicts"))) == 40 and committed(log) == 40)
        child.until(lambda child: len(child.found("assigned")) == 4)
        child.send(signal.SIGTERM)
        assert child.wait() == 0
    with LogReader(log) as reader:
        assert reader.live_keys(CHANGELOG, 1) == 40
    with contextlib.closing(sqlite3.connect(log)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
