"""What was acknowledged survives kill -9, and each acknowledgement follows an fsync."""

import re
import shutil
import signal
import subprocess
import sys

import pytest

from streams.embedded.reader import LogReader
from tests.support.child import Child
from tests.support.failpoints import ROOT

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("log")]

SYNC = re.compile(r"(fsync|fdatasync)\((\d+)")
RESUMED = re.compile(r"<\.\.\. (fsync|fdatasync) resumed>")
RECORD = re.compile(r"<(\d+)>")
MARKER = re.compile(r"acknowledged\D+(\d+)")


def appender(path, count, pipelined, **environment):
    return Child("tests.support.log_appender", str(path), str(count), str(pipelined), **environment)


def stored(path):
    with LogReader(path) as reader:
        return {
            int(record.value.strip(b"<>")): (record.partition, record.offset)
            for partition in range(4)
            for record in reader.read("calls", partition, 0, 1_000_000)
        }


def acknowledgements(child):
    told = (line for line in child.lines if "acknowledged" in line)
    return {line["acknowledged"]: (line["partition"], line["offset"]) for line in told}


@pytest.mark.parametrize("pipelined", [1, 50])
def test_everything_acknowledged_is_there_after_kill_9(tmp_path, pipelined):
    log = tmp_path / "log.db"
    with appender(log, 1_000_000, pipelined) as child:
        child.until(lambda child: len(acknowledgements(child)) >= 400)
        child.send(signal.SIGKILL)
        child.wait()
    there = stored(log)
    acknowledged = acknowledgements(child)
    assert len(acknowledged) >= 400
    assert acknowledged.items() <= there.items()


@pytest.mark.parametrize("name", ["log.begin", "log.commit.before", "log.commit.after"])
def test_a_kill_inside_the_commit_loses_nothing_acknowledged(tmp_path, name):
    log, fired = tmp_path / "log.db", tmp_path / "fired"
    with appender(log, 1_000_000, 5, CS_FAILPOINT=f"{name}:40", CS_FAILPOINT_FILE=str(fired)) as child:
        assert child.wait() == -signal.SIGKILL
    assert fired.read_text().split() == [name]
    there = stored(log)
    assert acknowledgements(child).keys() <= there.keys()
    offsets = sorted(there.values())
    assert offsets == [(part, at) for part in range(4) for at in range(sum(1 for p, _ in offsets if p == part))]


@pytest.mark.parametrize("pipelined", [1, 8])
def test_each_acknowledgement_follows_an_fsync_of_the_write_ahead_log(tmp_path, pipelined):
    strace = shutil.which("strace")
    assert strace, "strace is needed: it is in the list of .ci/run"
    trace = tmp_path / "trace"
    what = ["-f", "-y", "-s", "5000", "-e", "trace=write,pwrite64,fsync,fdatasync", "-o", str(trace)]
    program = [sys.executable, "-m", "tests.support.log_appender", str(tmp_path / "log.db"), "40", str(pipelined)]
    subprocess.run([strace, *what, *program], cwd=ROOT, check=True, capture_output=True, timeout=60)
    events = list(_events(trace.read_text().splitlines()))
    assert sorted(number for kind, told in events if kind == "marker" for number in told) == list(range(40))
    assert _acknowledged_too_soon(events) == set()


@pytest.mark.parametrize(
    ("events", "too_soon"),
    [
        ([("written", {1, 2}), ("synced", set()), ("written", {3}), ("marker", {1})], set()),
        ([("written", {1}), ("marker", {1}), ("synced", set())], {1}),
        ([("written", {1}), ("synced", set()), ("written", {1, 2}), ("marker", {2})], {2}),
    ],
)
def test_the_trace_tells_an_early_acknowledgement_from_one_beside_the_next_write(events, too_soon):
    assert _acknowledged_too_soon(events) == too_soon


def _events(lines):
    """What matters of the trace, in order: a write to the write-ahead log, a finished fsync of it, a marker.

    Each with the numbers of the records that it holds. The next group's write may stand between an fsync and the
    markers of its group: the writer is a thread of its own.
    """
    unfinished = set()
    for line in lines:
        thread, _, call = line.partition(" ")
        call = call.strip()
        if call.startswith("pwrite64(") and "log.db-wal>" in call:
            yield "written", {int(number) for number in RECORD.findall(call)}
        elif SYNC.match(call) and "log.db-wal>" in call and "unfinished" in call:
            unfinished.add(thread)
        elif SYNC.match(call) and "log.db-wal>" in call and call.endswith("= 0"):
            yield "synced", set()
        elif RESUMED.match(call) and thread in unfinished and call.endswith("= 0"):
            unfinished.discard(thread)
            yield "synced", set()
        elif call.startswith("write(1") and (marker := MARKER.search(call)):
            yield "marker", {int(marker[1])}


def _acknowledged_too_soon(events):
    """The records whose marker came before an fsync that follows their write."""
    written, durable, too_soon = set(), set(), set()
    for kind, numbers in events:
        if kind == "written":
            written |= numbers
        elif kind == "synced":
            durable |= written
        else:
            too_soon |= numbers - durable
    return too_soon
