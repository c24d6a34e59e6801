"""The verb `people`: whether the people file is good, whose a name is, and whether one person can be reached."""

import asyncio
import os
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from agents.cli.exit_code import ExitCode
from agents.cli.options import chosen_config, config_option
from agents.cli.output import emit, note, output_option, printable, standing
from agents.cli.people_import import import_people, people_file, people_option
from agents.cli.verbs import SubVerbs
from streams.counted import counted

if TYPE_CHECKING:
    from agents.decisions.directory import Directory, Person
    from agents.people.trial import Finding
    from streams.settings.model import Settings


@click.group(cls=SubVerbs)
def people() -> None:
    """Check the people file; look names up; import; send one person a test question."""


people.add_command(import_people)


@people.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@config_option
@output_option
def check(path: Path | None, config: Path | None, form: str) -> None:
    """Report every fault of the people file; else list whom it knows, and who cannot be asked or is mistaken.

    Exits with 1 where somebody cannot be asked, or reads like somebody else.
    """
    from agents.cli.errors import show_faults
    from agents.people.loader import survey_people

    found = survey_people(people_file(path, config))
    everybody = found.directory.people.values()
    emit([_row(person) for person in everybody], form)
    show_faults(found.notes)
    unaskable = sum(1 for person in everybody if person.slack is None or person.duo is None)
    note(f"{counted(len(everybody), 'person', 'people')}, {unaskable} of whom would be paged about and not asked")
    if found.notes:
        sys.exit(ExitCode.PROBLEMS)


@people.command()
@click.argument("name")
@people_option
@config_option
@output_option
def lookup(name: str, path: Path | None, config: Path | None, form: str) -> None:
    """Say whose NAME is: an id, a claim of AWS, an ARN, a Slack id, a Duo name, a group or an account.

    Exits with 1 where it is nobody's.
    """
    from agents.people.loader import load_people
    from agents.people.lookup import lookup as look_up
    from agents.people.lookup import suggestion

    directory = load_people(people_file(path, config))
    found = look_up(directory, name)
    if not found:
        raise click.ClickException(f'nobody is "{printable(name)}"{suggestion(directory, name)}')
    rows = [
        {
            "person": match.person,
            "by": match.by,
            "name": match.name,
            "confidence": match.confidence,
            "asked": match.asked,
        }
        for match in found
    ]
    emit(rows, form)


@people.command()
@click.argument("person_id", metavar="PERSON")
@config_option
@output_option
def test(person_id: str, config: Path | None, form: str) -> None:
    """Send PERSON one message and one Duo push, both marked as a test, and wait for the push's answer."""
    from agents.people.loader import load_people
    from streams.settings.load import load

    settings = load(chosen_config(config), os.environ)
    if settings.people.path is None:
        raise click.UsageError("the configuration names no people file")
    person = _person(load_people(settings.people.path), person_id)
    note(f"sending {person.name} a test message, then a test push; the push can be answered for a minute")
    findings = asyncio.run(_try(settings, person))
    emit([{"what": one.what, "ok": standing(one.ok), "detail": one.detail} for one in findings], form)
    if not all(one.reached for one in findings):
        sys.exit(ExitCode.UNREACHABLE)
    if not all(one.ok for one in findings):
        sys.exit(ExitCode.PROBLEMS)


async def _try(settings: "Settings", person: "Person") -> "list[Finding]":
    from agents.integrations import open_integrations
    from agents.people.trial import try_person

    clients = open_integrations(settings, random.SystemRandom())
    try:
        return await try_person(person, clients.slack, clients.duo, settings.timing.push_timeout_s)
    finally:
        if clients.duo is not None:
            clients.duo.close()


def _person(directory: "Directory", person_id: str) -> "Person":
    from agents.cli.nearest_word import nearest_word
    from agents.people.lookup import lookup as look_up

    found = directory.person(person_id)
    if found is not None:
        return found
    named = {match.person for match in look_up(directory, person_id)}  # by a name that is no id
    told = nearest_word(person_id, directory.people)
    if len(named) == 1:
        told = f'"{person_id}": did you mean "{named.pop()}"?'
    raise click.ClickException(printable(f"no person has the id {told}"))


def _row(person: "Person") -> dict[str, object]:
    claims = [*(f"sso {name}" for name in person.sso), *(f"source {name}" for name in person.source_identity)]
    claims += [f"iam {account}/{name}" for account, names in person.iam.items() for name in names]
    claims += [f"role {role.arn.rpartition('/')[2]}/{role.session}" for role in person.roles]
    return {"id": person.id, "name": person.name, "slack": person.slack, "duo": person.duo, "claims": claims}
