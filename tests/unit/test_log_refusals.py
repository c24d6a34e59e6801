"""A log that the disk or the system does not let us open: one kind of fault, whatever it was."""

import resource
import sqlite3
from contextlib import contextmanager

import pytest

from agents import running
from streams.clock import wall_clock
from streams.embedded.reader import LogReader
from streams.log.faults import LogInUse, LogNotOpened, LogUnusable
from streams.shell.halt import EXIT_CODE
from tests.support.logs import open_writer

PAGE_BYTES = 4096


@pytest.fixture
def path(tmp_path):
    open_writer(tmp_path / "log.db").close()
    return tmp_path / "log.db"


@contextmanager
def limited(kind, most):
    """The system gives this process no more than that, for a while."""
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, (soft, hard))


def change(path, statement):
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def spoil(path, table):
    """Overwrite the first page of a table, as a bad sector does."""
    connection = sqlite3.connect(path)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE_BYTES)
        file.write(b"\xff" * PAGE_BYTES)


def test_a_reader_that_gets_no_descriptor_says_that_the_log_cannot_be_used(path):
    with limited(resource.RLIMIT_NOFILE, 0), pytest.raises(LogUnusable, match="cannot read the log"):
        LogReader(path)
    LogReader(path).close()


def test_a_reader_of_a_spoiled_file_says_that_the_log_cannot_be_used(path):
    spoil(path, "meta")
    with pytest.raises(LogUnusable, match="cannot read the log"):
        LogReader(path)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM meta",
        "UPDATE meta SET value = 'soon' WHERE name = 'origin_ms'",
        "UPDATE meta SET value = '[1' WHERE name = 'anchor'",
        "UPDATE meta SET value = '7' WHERE name = 'anchor'",
    ],
)
def test_a_log_without_a_sensible_clock_cannot_be_used(path, statement):
    change(path, "DELETE FROM meta WHERE name = 'anchor'" if "origin_ms" in statement else statement)
    change(path, statement)
    with pytest.raises(LogUnusable, match="clock"):
        LogReader(path)


def test_messages_that_cannot_be_read_say_that_the_log_cannot_be_used(path):
    spoil(path, "messages")
    with LogReader(path) as reader:
        for read in (reader.begin_offset, lambda topic, number: reader.read(topic, number, 0, 10)):
            with pytest.raises(LogUnusable, match="cannot read the log"):
                read("calls", 0)


def test_the_supervisors_clock_is_the_walls_while_the_log_cannot_be_read(path):
    spoil(path, "meta")
    assert abs(running._log_clock(path)() - wall_clock()) < 10_000


def test_a_full_disk_is_no_refusal_and_the_same_log_opens_once_there_is_room(path):
    with limited(resource.RLIMIT_FSIZE, 0), pytest.raises(LogNotOpened, match="as the log"):
        open_writer(path)
    open_writer(path).close()


def test_a_log_is_abandoned_while_it_is_there_and_nobody_writes_it(path):
    assert running._is_abandoned(path)
    writer = open_writer(path)
    assert not running._is_abandoned(path)
    writer.close()
    assert not running._is_abandoned(path.with_name("none.db"))
    with limited(resource.RLIMIT_NOFILE, 0):
        assert running._is_abandoned(path)


@pytest.mark.parametrize(
    ("fault", "code"), [(LogNotOpened("full"), EXIT_CODE), (LogUnusable("foreign"), 4), (LogInUse("held"), 4)]
)
def test_a_child_is_tried_again_if_the_disk_refused_and_not_if_the_log_cannot_be_used(monkeypatch, fault, code):
    class Refused:
        def __init__(self, *_settings, **_options):
            pass

        async def run(self, **_options):
            raise fault

    monkeypatch.setattr("agents.pipeline.Pipeline", Refused)
    for name in ("load_for_one_machine", "set_up_logs", "load_policy"):
        monkeypatch.setattr(running, name, lambda *_arguments: None)
    assert running.run_child(None, 20, None) == code
