"""The verb `init`: the files to start from, after a few questions; what is already there stays as it is."""

import sys
from pathlib import Path

import rich_click as click

from agents.cli.exit_code import ExitCode
from agents.cli.near_paths import near
from agents.cli.output import note
from agents.cli.starter.answers import Answers, asked, checked
from agents.cli.starter.files import starter_files

_FLAGS = "--queue-url, --topic, --person, --name, --slack-id, --duo-user and --sso"


@click.command()
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option("--queue-url", help="The SQS queue that the accounts' calls come in by.")
@click.option(
    "--topic", "topics", multiple=True, help="ARN of an account's SNS topic; may be given several times."
)
@click.option("--person", "person_id", help="Id of the first person, the name used everywhere inside.")
@click.option("--name", help="Their name, as the question and the page show it.")
@click.option("--slack-id", help="Their Slack user id.")
@click.option("--duo-user", help="Their Duo user name.")
@click.option("--sso", help="Their Identity Center user name.")
@click.option("--yes", is_flag=True, help="Ask nothing; what is not given is left out.")
def init(
    folder: Path,
    queue_url: str | None,
    topics: tuple[str, ...],
    person_id: str | None,
    name: str | None,
    slack_id: str | None,
    duo_user: str | None,
    sso: str | None,
    *,
    yes: bool,
) -> None:
    """Write countersign.toml in mode "observe", rules/, people.yaml, a Slack manifest and a systemd unit.

    Nothing is ever overwritten.
    """
    answers = checked(Answers(queue_url, topics, person_id, name, slack_id, duo_user, sso))
    if not yes and not sys.stdin.isatty():
        message = f"countersign init: there is no terminal to ask on: give --yes, and what is known by {_FLAGS}"
        click.echo(message, err=True)
        raise SystemExit(ExitCode.USAGE)
    if not yes:
        answers = asked(answers)
    if sum(_write(path, text) for path, text in starter_files(folder.resolve(), answers)):
        _next(folder, answers)


def _next(folder: Path, answers: Answers) -> None:
    """What was left out of the files, and the way from here to a run that disturbs nobody."""
    if not answers.has_feed:
        lacks = "topics" if answers.queue_url else "queue"
        note(f"[[feeds]] in countersign.toml is commented out, for it has no {lacks}: nothing comes in until then")
    if answers.person is None:
        note("people.yaml names nobody yet: whatever would be a question pages instead")
    away = "" if folder.resolve() == Path.cwd() else f'"cd {folder}", then '
    note(f'next: {away}"countersign config check" and "countersign run": mode observe, no secrets needed')


def _write(path: Path, text: str) -> bool:
    """Write a file that is not there yet, and say which of both it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        note(f"kept     {near(str(path))}")
        return False
    note(f"written  {near(str(path))}")
    return True
