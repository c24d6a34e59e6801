"""A set of fingerprints knows the same calls however many of them it has moved to disk."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.backtest.known import Known
from agents.backtest.replay import Answers
from agents.backtest.run import backtest
from agents.cli.errors import guarded
from agents.cli.exit_code import ExitCode
from streams.envelopes.item import CallItem
from tests.support.flow import policy, record

MARKS = st.lists(st.integers(0, 40).map(lambda number: number.to_bytes(32, "big")), max_size=80)


@given(marks=MARKS, in_memory=st.integers(1, 9))
def test_it_knows_what_a_set_knows(marks, in_memory):
    plain: set[bytes] = set()
    with closing(Known(in_memory)) as known:
        for mark in marks:
            assert (mark in known) == (mark in plain)
            if mark not in plain:
                known.add(mark)
                plain.add(mark)


def test_a_full_disk_ends_the_backtest_instead_of_counting_calls_wrongly(monkeypatch):
    def full(_self, _mark):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Known, "add", full)
    with pytest.raises(sqlite3.OperationalError, match="disk is full"):
        backtest([CallItem(b"{}", record(1, "ada", "CreateUser"))], policy(), Answers.YES)


def test_the_command_line_says_what_to_look_at(capsys):
    def work():
        raise sqlite3.OperationalError("database or disk is full")

    assert guarded(work, "backtest", 0) == ExitCode.PROBLEMS
    assert "database or disk is full" in (said := capsys.readouterr().err)
    assert "check the disk, also that of temporary files" in said
