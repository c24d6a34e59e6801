"""Tables: whole where they are read by a program, cut at the edge where a person reads them on a terminal."""

import io
import sys

import pytest

from agents.cli.output import LEAST_LAST, table
from streams.counted import counted

ROWS = [{"id": "a" * 70, "why": "w" * 90}]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_every_cell_whole():
    assert table(ROWS).splitlines()[1] == "a" * 70 + "  " + "w" * 90


def test_a_terminal_gets_the_last_column_cut_to_its_width_and_no_other(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("COLUMNS", "100")
    line = table(ROWS).splitlines()[1]
    assert line == "a" * 70 + "  " + "w" * 27 + "…"
    assert len(line) == 100


def test_a_narrow_terminal_still_gets_the_beginning_of_the_last_column(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("COLUMNS", "40")
    assert table(ROWS).splitlines()[1] == "a" * 70 + "  " + "w" * (LEAST_LAST - 1) + "…"


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 people"), (1, "1 person"), (2, "2 people"), (1_234, "1,234 people")]
)
def test_a_count_goes_with_its_noun(number: int, told: str):
    assert counted(number, "person", "people") == told
