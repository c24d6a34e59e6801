"""Notes: what a people file may say and should not: who cannot be asked, and who is taken for somebody else."""

from collections.abc import Iterator

from agents.decisions.directory import Person
from agents.people.claims import claims_of
from agents.people.codes import PeopleCode
from agents.people.duo_name import without_domain
from agents.people.look_alike import skeleton
from streams.settings.fault import Fault
from streams.settings.located import Located, Path

OPAQUE = frozenset({"slack", "role session"})
"""Claims that nobody reads as a name."""


def notes_on(located: Located, people: list[tuple[Path, Person]]) -> list[Fault]:
    """Every note, in the order of the file."""
    found = [*_gaps(located, people), *_alike(located, people), *_one_in_duo(located, people)]
    return sorted(found, key=lambda fault: (fault.line, fault.column, fault.code))


def _gaps(located: Located, people: list[tuple[Path, Person]]) -> Iterator[Fault]:
    for path, person in people:
        if person.slack is None:
            message = f'{person.id} has no "slack": nothing of theirs is asked about, it pages'
            yield located.fault(path, message, PeopleCode.NO_SLACK)
        if person.duo is None:
            message = f'{person.id} has no "duo": a Yes could not be countersigned, so their calls page'
            yield located.fault(path, message, PeopleCode.NO_DUO)
        if not (person.sso or person.source_identity or person.iam or person.roles):
            message = f'{person.id} has nothing under "aws": no call will ever be found to be theirs'
            yield located.fault(path, message, PeopleCode.NO_CLAIM)


def _alike(located: Located, people: list[tuple[Path, Person]]) -> Iterator[Fault]:
    """Names of two people that differ, and look the same in a hurry."""
    first: dict[tuple[str, ...], tuple[Path, str, Person]] = {}
    for path, person in people:
        names = [(claim.what, claim.words, claim.path) for claim in claims_of(person) if claim.what not in OPAQUE]
        if person.name != person.id:
            names.append(("name", (person.name,), ("name",)))
        for what, words, below in names:
            shown = " ".join(words)
            other, alike, holder = first.setdefault((what, *map(skeleton, words)), (path, shown, person))
            if other != path:
                line = located.place(other).line
                message = f'{what} "{shown}" reads like "{alike}" of {holder.id} (line {line})'
                yield located.fault((*path, *below), message, PeopleCode.READS_ALIKE)


def _one_in_duo(located: Located, people: list[tuple[Path, Person]]) -> Iterator[Fault]:
    """Names of two people in Duo that differ in their domain alone: to some applications they are one user."""
    first: dict[str, tuple[Path, Person]] = {}
    for path, person in people:
        if person.duo is None:
            continue
        other, holder = first.setdefault(without_domain(person.duo), (path, person))
        if other != path:
            line = located.place(other).line
            message = (
                f'duo "{person.duo}" is "{holder.duo}" of {holder.id} (line {line}) where Duo leaves domains out: '
                "one phone would answer for both, so set the application's username normalization to None"
            )
            yield located.fault((*path, "duo"), message, PeopleCode.ONE_IN_DUO)
