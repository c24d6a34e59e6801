"""The watchdog's notes: none is lost between the process that writes them and the one that takes them."""

import pytest

from agents.pipeline import tell_paged
from agents.supervisor.notes import Note, Notes
from streams.records.command import PageAccepted
from tests.support.gateway import Appended


def note(number: int) -> Note:
    return Note(f"case{number}", "person/ada", 1, 1_000 + number)


@pytest.fixture
def notes(tmp_path):
    return Notes.beside(tmp_path / "log.db")


async def test_every_note_is_told_once_to_its_own_partition(notes):
    notes.add(note(1))
    notes.add(Note("aggregate", "aggregate/person/ada", 0, 7, attempt=3))
    told = Appended()
    await tell_paged(notes, told)
    await tell_paged(notes, told)
    assert told.commands == [
        (1, "person/ada", PageAccepted("case1", 1, by="watchdog", at_ms=1_001)),
        (0, "aggregate/person/ada", PageAccepted("aggregate", 3, by="watchdog", at_ms=7)),
    ]
    assert notes.read() == []


async def test_a_note_that_comes_while_others_are_told_is_told_next(notes):
    notes.add(note(1))
    told = Appended()

    async def slowly(partition, actor_key, command):
        if not told.commands:
            notes.add(note(2))
        await told(partition, actor_key, command)

    await tell_paged(notes, slowly)
    assert [one.case_id for one in notes.read()] == ["case2"]
    await tell_paged(notes, slowly)
    assert [command.subject for _, _, command in told.commands] == ["case1", "case2"]


async def test_what_was_taken_and_not_told_is_taken_again(notes):
    notes.add(note(1))
    assert notes.take() == [note(1)]
    notes.add(note(2))
    told = Appended()
    await tell_paged(notes, told)
    assert {command.subject for _, _, command in told.commands} == {"case1", "case2"}
    await tell_paged(notes, told)
    assert notes.read() == []


def test_a_note_that_is_written_into_a_file_just_taken_is_not_lost(notes, monkeypatch):
    """The child renames, reads and forgets between the opening of the file and the write into it."""
    notes.add(note(1))
    first = True
    ours = Notes._is_ours

    def taken_meanwhile(self, descriptor):
        nonlocal first
        if first:
            first = False
            notes._path.rename(notes._taken)
            notes.told()
        return ours(self, descriptor)

    monkeypatch.setattr(Notes, "_is_ours", taken_meanwhile)
    notes.add(note(2))
    assert notes.read() == [note(2)]


def test_a_line_that_a_full_disk_cut_off_swallows_no_other(notes, tmp_path):
    notes.add(note(1))
    with (tmp_path / "log.db.paged").open("ab") as file:
        file.write('\n{"case_id":"ä'.encode()[:-1])
    notes.add(note(2))
    assert notes.read() == [note(1), note(2)]
