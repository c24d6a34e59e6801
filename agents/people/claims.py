"""Claims: what only one person may have; two people with one name would answer for each other."""

from collections.abc import Iterator
from typing import NamedTuple

from agents.decisions.directory import Person
from agents.people.codes import PeopleCode
from agents.people.duo_name import one_case
from agents.people.page import Page
from streams.settings.located import Path


class Claim(NamedTuple):
    """`what` and `words` are the claim itself, `path` where it stands below its person."""

    what: str
    words: tuple[str, ...]
    path: Path


def check_claims(page: Page, people: list[tuple[Path, Person]]) -> None:
    """Note every claim that an earlier person already makes."""
    first: dict[tuple[str, ...], tuple[Path, str, tuple[str, ...]]] = {}
    for path, person in people:
        for claim in claims_of(person):
            words = map(one_case, claim.words) if claim.what == "duo" else claim.words
            place, holder, spelled = first.setdefault((claim.what, *words), (path, person.id, claim.words))
            if place != path:
                line = page.located.place(place).line
                message = f'{claim.what} "{" ".join(claim.words)}" already belongs to {holder} (line {line})'
                if spelled != claim.words:
                    message += ", for Duo makes no difference between large and small letters"
                page.fault((*path, *claim.path), f"{message}: no two people share one", PeopleCode.CLAIMED_TWICE)


def claims_of(person: Person) -> Iterator[Claim]:
    """Everything by which a call or an answer can be a person's."""
    yield Claim("id", (person.id,), ("id",))
    if person.slack is not None:
        yield Claim("slack", (person.slack,), ("slack",))
    if person.duo is not None:
        yield Claim("duo", (person.duo,), ("duo",))
    for name in person.sso:
        yield Claim("sso", (name,), ("aws", "sso"))
    for name in person.source_identity:
        yield Claim("source_identity", (name,), ("aws", "source_identity"))
    for account, names in person.iam.items():
        for name in names:
            yield Claim("iam", (account, name), ("aws", "iam", account))
    for role in person.roles:
        yield Claim("role session", (role.arn, role.session), ("aws", "roles"))
