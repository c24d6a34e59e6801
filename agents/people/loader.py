"""Loader: a people file becomes a Directory, or every fault of it at once."""

from pathlib import Path as FilePath
from typing import NamedTuple

from agents.decisions.directory import Directory
from agents.people.account_entry import read_accounts
from agents.people.claims import check_claims
from agents.people.codes import PeopleCode
from agents.people.notes import notes_on
from agents.people.page import Page
from agents.people.person_entry import read_person
from streams.settings.fault import Fault, FaultsFound
from streams.settings.located import Located, Path, documents


class People(NamedTuple):
    """A people file without faults: its directory, what is worth a look all the same, and where each id stands."""

    directory: Directory
    notes: list[Fault]
    located: Located
    paths: dict[str, Path]


def load_people(path: FilePath) -> Directory:
    """The directory in a people file; an empty file is a directory of nobody.

    Raises:
        FaultsFound: every fault of the file.
    """
    return survey_people(path).directory


def survey_people(path: FilePath) -> People:
    """The directory in a people file, with the notes of `people check`.

    Raises:
        FaultsFound: every fault of the file.
    """
    return read_survey(str(path), text_of(path, "the people file"))


def text_of(path: FilePath, what: str) -> str:
    """A file's text.

    Raises:
        FaultsFound: it cannot be read, or is no UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        message = f"{what} cannot be read: {error.strerror}"
        raise FaultsFound([Fault(str(path), 1, 1, message, PeopleCode.UNREADABLE)]) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        message = "this line is no UTF-8: save the file as UTF-8"
        raise FaultsFound([Fault(str(path), line, 1, message, PeopleCode.NO_YAML)]) from None


def read_people(file: str, text: str) -> Directory:
    """The directory in a text; `file` is what faults call it.

    Raises:
        FaultsFound: every fault of the text.
    """
    return read_survey(file, text).directory


def read_survey(file: str, text: str) -> People:
    """The same with its notes, and with where each id stands.

    Raises:
        FaultsFound: every fault of the text.
    """
    found, faults = documents(file, text, PeopleCode.NO_YAML)
    if len(found) > 1:
        faults.append(found[1].fault((), "a people file is one YAML document", PeopleCode.NO_YAML))
    if faults:
        raise FaultsFound(faults)
    page = Page(found[0] if found else Located(file, {}, {}, {}))
    top = page.mapping((), page.located.value)
    page.known_keys((), top, ("people", "accounts"))
    entries = page.items(("people",), top.get("people"))
    read = [(path, read_person(page, path, item)) for path, item in entries]
    people = [(path, person) for path, person in read if person is not None]
    check_claims(page, people)
    accounts = read_accounts(page, top.get("accounts"), [person.id for _, person in people])
    if page.faults:
        raise FaultsFound(sorted(page.faults, key=lambda fault: (fault.line, fault.column)))
    directory = Directory((person for _, person in people), accounts)
    paths = {person.id: path for path, person in people}
    return People(directory, notes_on(page.located, people), page.located, paths)
