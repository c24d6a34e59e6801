"""The verb `people import`: what Slack's members, or Identity Center's users, would add to the people file."""

import asyncio
import os
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from agents.cli.exit_code import ExitCode
from agents.cli.options import chosen_config, config_option
from agents.cli.output import note, printable
from agents.cli.verbs import SubVerbs
from streams.counted import counted

if TYPE_CHECKING:
    from agents.decisions.directory import Directory
    from agents.people.loader import People
    from agents.people.proposal import Account, Proposal
    from streams.settings.fault import Fault

people_option = click.option(
    "--people",
    "path",
    type=click.Path(path_type=Path),
    help="The people file; else the configuration's.",
)


def people_file(path: Path | None, config: Path | None) -> Path:
    """The people file that was named, or the configuration's.

    Raises:
        UsageError: neither names one.
    """
    from streams.settings.load import survey

    found = path or survey(chosen_config(config), os.environ).settings.people.path
    if found is None:
        raise click.UsageError("the configuration names no people file, and there is no people.yaml beside it")
    return found


@click.group(name="import", cls=SubVerbs)
def import_people() -> None:
    """Print what Slack or Identity Center would add to the people file; nothing is written."""


@import_people.command()
@people_option
@config_option
def slack(path: Path | None, config: Path | None) -> None:
    """Read the members of the Slack workspace (users.list) with the configured bot's token.

    Exits with 1 where somebody of the people file has left Slack.
    """
    from agents.clients.outcome import Standing, in_words
    from agents.integrations import slack_client
    from agents.people.slack_members import members_accounts
    from streams.settings.load import load

    settings = load(chosen_config(config), os.environ)
    client = slack_client(settings, random.SystemRandom())
    if client is None:
        raise click.UsageError("slack.bot_token is not configured")
    answer = asyncio.run(client.members())
    if answer.standing is not Standing.DONE:
        note(f"Slack's list of members could not be read: Slack {in_words(answer)}")
        sys.exit(ExitCode.UNREACHABLE if answer.standing is not Standing.REFUSED else ExitCode.PROBLEMS)
    _tell(members_accounts(answer.got()), path or settings.people.path, "Slack")


@import_people.command(name="identity-center")
@click.argument("file", type=click.Path(path_type=Path))
@people_option
@config_option
def identity_center(file: Path, path: Path | None, config: Path | None) -> None:
    """Read FILE, the output of `aws identitystore list-users --identity-store-id ID`.

    Exits with 1 where somebody of the people file is disabled in Identity Center.
    """
    from agents.cli.options import has_config
    from agents.people.identity_center import read_users
    from streams.settings.load import survey

    accounts = read_users(file)
    if path is None and has_config(config):
        path = survey(chosen_config(config), os.environ).settings.people.path
    _tell(accounts, path, "Identity Center")


def _tell(accounts: "list[Account]", path: Path | None, where: str) -> None:
    """Print the new entries as YAML, the rest as notes; exit 1 where somebody left."""
    from agents.cli.errors import show_faults
    from agents.people.entries import yaml_of
    from agents.people.loader import survey_people
    from agents.people.proposal import propose

    known = survey_people(path) if path is not None else None
    proposal = propose(known.directory if known is not None else _nobody(), accounts)
    sys.stdout.write(printable_yaml(yaml_of(proposal.entries)))
    left = [_left(known, person, where) for person in proposal.left] if known is not None else []
    show_faults(left)
    if known is not None:
        for addition in _additions(known, proposal):
            sys.stderr.write(printable(addition) + "\n")
    for refused in proposal.refused:
        note(printable(f"left out: {refused}"))
    new = counted(len(proposal.entries), "new person", "new people")
    note(f"{new} printed, {proposal.known} known already, {len(left)} known and gone from {where}")
    if left:
        sys.exit(ExitCode.PROBLEMS)


def printable_yaml(text: str) -> str:
    """The YAML, its lines as they are: names that could steer a terminal are not among the entries."""
    return "".join(printable(line) + "\n" for line in text.splitlines())


def _left(known: "People", person: str, where: str) -> "Fault":
    from agents.people.codes import PeopleCode

    message = f"{person} is switched off in {where}: whatever is done in their name pages; take the entry out"
    return known.located.fault(known.paths[person], message, PeopleCode.LEFT)


def _additions(known: "People", proposal: "Proposal") -> "list[str]":
    lines = []
    for one in proposal.additions:
        place = known.located.place(known.paths[one.person])
        values = ", ".join(one.values)
        key = one.key if one.key == "slack" else f"aws.{one.key}"
        lines.append(
            f"{known.located.file}:{place.line}:{place.column}: {one.person} could have {key}: {values}"
            f" ({one.email} is one of their names)"
        )
    return lines


def _nobody() -> "Directory":
    from agents.decisions.directory import Directory

    return Directory()
