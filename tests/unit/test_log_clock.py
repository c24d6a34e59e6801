"""The log's clock: a wall clock that steps changes no deadline, and no append time falls."""

import pytest

from streams.embedded import log_clock
from streams.embedded.location import LogLocation
from streams.embedded.reader import LogReader
from streams.embedded.writer import LogWriter
from streams.log.faults import LogUnusable
from streams.shell.message import Send
from streams.topics import plan

HOUR_MS = 3_600_000


class Machine:
    """A machine whose wall clock and uptime are moved by hand."""

    def __init__(self, monkeypatch) -> None:
        self.wall_ms = 1_700_000_000_000
        self.up_ms = 5_000_000
        monkeypatch.setattr("streams.clock.wall_clock", lambda: self.wall_ms)
        monkeypatch.setattr("streams.clock.uptime_ms", lambda: self.up_ms)
        monkeypatch.setattr(log_clock, "uptime_ms", lambda: self.up_ms)
        monkeypatch.setattr(log_clock, "boot_id", lambda: "this boot")

    def passes(self, ms: int) -> None:
        self.wall_ms += ms
        self.up_ms += ms


@pytest.fixture
def machine(monkeypatch):
    return Machine(monkeypatch)


def opened(path):
    return LogWriter.open(LogLocation(path), plan(1), 14)


def test_a_step_of_the_wall_clock_is_not_seen_by_writer_or_reader(machine, tmp_path):
    writer = opened(tmp_path / "log.db")
    began_ms = writer.clock()
    machine.wall_ms += HOUR_MS
    machine.passes(120_000)
    with LogReader(tmp_path / "log.db") as reader:
        assert writer.clock() == reader.clock() == began_ms + 120_000
    writer.close()


def test_after_a_restart_time_goes_on_from_the_last_message_where_the_wall_fell_back(machine, tmp_path):
    writer = opened(tmp_path / "log.db")
    machine.passes(HOUR_MS)
    written_ms = writer.append_blocking([Send("commands", b"k", b"v", 0)])[0].timestamp_ms
    writer.close()
    machine.wall_ms -= 2 * HOUR_MS
    writer = opened(tmp_path / "log.db")
    assert writer.clock() == written_ms
    machine.passes(1_000)
    assert writer.clock() == written_ms + 1_000
    writer.close()


def test_a_log_a_day_ahead_of_the_machine_is_refused_with_the_remedy(machine, tmp_path):
    writer = opened(tmp_path / "log.db")
    writer.append_blocking([Send("commands", b"k", b"v", 0)])
    writer.close()
    machine.wall_ms -= 26 * HOUR_MS
    with pytest.raises(LogUnusable, match=r"26 h ahead .* set the clock right"):
        opened(tmp_path / "log.db")
