"""Lookup: whom a name of any kind belongs to, as a call or an answer would be told by it."""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from agents.decisions.directory import Directory, Person
from streams.settings.fault import nearest

_IAM_ARN = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):user/(?:.*/)?([^/]+)")
_SESSION_ARN = re.compile(r"arn:aws[a-z-]*:sts::([0-9]{12}):assumed-role/([^/]+)/(.+)")
_ACCOUNT = re.compile(r"[0-9]{12}")
_SSO_ROLE = "AWSReservedSSO_"


class Match(Struct, frozen=True):
    """A person, and by what: the kind of name and the name itself; `confidence` as a call would have it."""

    person: str
    by: str
    name: str
    confidence: str
    asked: bool


class Name(Struct, frozen=True):
    """One name by which the file knows a person."""

    by: str
    name: str
    confidence: str = "none"


def lookup(directory: Directory, word: str) -> list[Match]:
    """Everybody whom the word names exactly, as an id, a claim, an ARN, an account, a group or a name."""
    people = directory.people.values()
    found = [
        Match(person.id, name.by, name.name, name.confidence, person.slack is not None and person.duo is not None)
        for person in people
        for name in _names(person)
        if word == name.name or (name.by == "iam" and word == name.name.partition("/")[2])
    ]
    found += [match for person in people for match in _by_arn(person, word)]
    return found + list(_of_account(directory, word))


def suggestion(directory: Directory, word: str) -> str:
    """`: did you mean "ada"?` where a name of the file is near."""
    known = {name.name: None for person in directory.people.values() for name in _names(person)}
    users = {name.partition("/")[2] for name in known if _ACCOUNT.fullmatch(name.partition("/")[0])}
    return nearest(word, [*known, *sorted(users)])


def _names(person: Person) -> Iterable[Name]:
    yield Name("id", person.id)
    if person.name != person.id:
        yield Name("name", person.name)
    if person.slack is not None:
        yield Name("slack", person.slack)
    if person.duo is not None:
        yield Name("duo", person.duo)
    yield from (Name("group", group) for group in person.groups)
    yield from (Name("sso", name, "high") for name in person.sso)
    yield from (Name("source_identity", name, "high") for name in person.source_identity)
    yield from (
        Name("iam", f"{account}/{user}", "high") for account, users in person.iam.items() for user in users
    )
    yield from (Name("role session", f"{role.arn} {role.session}", "medium") for role in person.roles)


def _by_arn(person: Person, word: str) -> Iterator[Match]:
    """What `userIdentity.arn` of a call by this person may say."""
    asked = person.slack is not None and person.duo is not None
    if (user := _IAM_ARN.fullmatch(word)) and user[2] in person.iam.get(user[1], ()):
        yield Match(person.id, "iam", f"{user[1]}/{user[2]}", "high", asked)
    if session := _SESSION_ARN.fullmatch(word):
        account, role, name = session.groups()
        if role.startswith(_SSO_ROLE) and name in person.sso:
            yield Match(person.id, "sso", name, "high", asked)
        for pinned in person.roles:
            same_role = f":{account}:" in pinned.arn and pinned.arn.rpartition("/")[2] == role
            if same_role and pinned.session == name:
                yield Match(person.id, "role session", f"{pinned.arn} {name}", "medium", asked)


def _of_account(directory: Directory, word: str) -> Iterator[Match]:
    for account in directory.accounts.values():
        if word not in (account.number, account.name):
            continue
        for by, ids in (("owner", (account.owner,)), ("break glass", account.break_glass)):
            for person in filter(None, (directory.person(one) for one in ids if one)):
                asked = person.slack is not None and person.duo is not None
                yield Match(person.id, f"{by} of", account.number, "none", asked)
