"""Proposal: what a list of accounts from elsewhere would add to a people file; a person decides, not this file."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from agents.decisions.directory import Directory, Person
from agents.people.look_alike import mixture, outsider
from agents.people.person_entry import PERSON_ID


class Account(Struct, frozen=True):
    """One account elsewhere. `claims` are what the people file would say of it, by key: slack, or sso.

    `handle` is a short name to make an id of; `active` is False where the account is switched off.
    """

    handle: str
    name: str
    email: str
    claims: dict[str, tuple[str, ...]]
    active: bool = True


class Entry(Struct, frozen=True):
    """A person to add, as people.yaml would have it."""

    id: str
    name: str | None
    claims: dict[str, tuple[str, ...]]


class Addition(Struct, frozen=True):
    """Something that a known person lacks, and the address by which the two were found to be one."""

    person: str
    key: str
    values: tuple[str, ...]
    email: str


class Proposal(Struct, frozen=True):
    """New people, additions to known ones, ids of known people who left, and names that were refused and why."""

    entries: list[Entry]
    additions: list[Addition]
    left: list[str]
    refused: list[str]
    known: int


def propose(directory: Directory, accounts: Iterable[Account]) -> Proposal:
    """Compare accounts with the directory; nothing is changed.

    An account is a known person's when the file names it; else, when its whole mail address is one of the
    person's names, it is proposed for them. Invariant: an account that is off is never added.
    """
    proposal = Proposal([], [], [], [], 0)
    known = 0
    taken = set(directory.people)
    for account in accounts:
        person = _named(directory, account)
        if person is not None:
            known += 1
            if not account.active:
                proposal.left.append(person.id)
                continue
        elif not account.active:
            continue
        else:
            person = _by_address(directory, account.email)
        if person is not None:
            proposal.additions.extend(_lacking(person, account))
        else:
            _add(proposal, account, taken)
    return Proposal(proposal.entries, proposal.additions, proposal.left, proposal.refused, known)


def _named(directory: Directory, account: Account) -> Person | None:
    for person in directory.people.values():
        if person.slack is not None and person.slack in account.claims.get("slack", ()):
            return person
        if any(name in person.sso for name in account.claims.get("sso", ())):
            return person
    return None


def _by_address(directory: Directory, email: str) -> Person | None:
    """The one person who goes by this address; two are nobody."""
    if "@" not in email:
        return None
    wanted = email.casefold()
    found = [
        person
        for person in directory.people.values()
        if any(name.casefold() == wanted for name in (person.id, *person.sso, *person.source_identity))
    ]
    return found[0] if len(found) == 1 else None


def _lacking(person: Person, account: Account) -> Iterable[Addition]:
    for key, values in account.claims.items():
        had = (person.slack,) if key == "slack" else person.sso
        new = tuple(value for value in values if value not in had)
        if new and not (key == "slack" and person.slack is not None):
            yield Addition(person.id, key, new, account.email)


def _add(proposal: Proposal, account: Account, taken: set[str]) -> None:
    values = [value for listed in account.claims.values() for value in listed]
    strange = next((found for found in map(outsider, values) if found is not None), None)
    if strange is not None:
        proposal.refused.append(f"{', '.join(map(ascii, values))} holds {strange}: is it a look-alike?")
        return
    person_id = next((one for one in _ids(account) if PERSON_ID.fullmatch(one) and one not in taken), None)
    if person_id is None:
        proposal.refused.append(f"{', '.join(values)}: no id could be made of {account.handle!a}; add it by hand")
        return
    taken.add(person_id)
    honest = account.name.strip() and mixture(account.name) is None
    proposal.entries.append(Entry(person_id, account.name if honest else None, account.claims))


def _ids(account: Account) -> Sequence[str]:
    return (account.handle, account.email, *(value for values in account.claims.values() for value in values))
