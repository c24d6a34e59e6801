"""Loader: a people file becomes a Directory, or every fault of it at once."""

from pathlib import Path as FilePath

from agents.decisions.directory import Directory
from agents.people.account_entry import read_accounts
from agents.people.claims import check_claims
from agents.people.codes import PeopleCode
from agents.people.page import Page
from agents.people.person_entry import read_person
from streams.settings.fault import Fault, FaultsFound
from streams.settings.located import Located, documents


def load_people(path: FilePath) -> Directory:
    """The directory in a people file; an empty file is a directory of nobody.

    Raises:
        FaultsFound: every fault of the file.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        message = f"the people file cannot be read: {error.strerror}"
        raise FaultsFound([Fault(str(path), 1, 1, message, PeopleCode.UNREADABLE)]) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise FaultsFound([Fault(str(path), line, 1, "this line is no UTF-8", PeopleCode.NO_YAML)]) from None
    return read_people(str(path), text)


def read_people(file: str, text: str) -> Directory:
    """The directory in a text; `file` is what faults call it.

    Raises:
        FaultsFound: every fault of the text.
    """
    found, faults = documents(file, text, PeopleCode.NO_YAML)
    if len(found) > 1:
        faults.append(found[1].fault((), "a people file is one YAML document", PeopleCode.NO_YAML))
    if faults:
        raise FaultsFound(faults)
    page = Page(found[0] if found else Located(file, {}, {}, {}))
    directory = _directory(page)
    if page.faults:
        raise FaultsFound(sorted(page.faults, key=lambda fault: (fault.line, fault.column)))
    return directory


def _directory(page: Page) -> Directory:
    top = page.mapping((), page.located.value)
    page.known_keys((), top, ("people", "accounts"))
    entries = page.items(("people",), top.get("people"))
    read = [(path, read_person(page, path, item)) for path, item in entries]
    people = [(path, person) for path, person in read if person is not None]
    check_claims(page, people)
    ids = [person.id for _, person in people]
    return Directory((person for _, person in people), read_accounts(page, top.get("accounts"), ids))
