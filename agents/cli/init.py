"""The verb `init`: the files to start from, after a few questions; what is already there stays as it is."""

import re
import sys
from pathlib import Path

import rich_click as click

from agents.cli.exit_code import ExitCode
from agents.cli.output import note
from agents.cli.starter.files import Answers, starter_files

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
    answers = Answers(queue_url, topics, person_id, name, slack_id, duo_user, sso)
    if not yes and not sys.stdin.isatty():
        message = f"countersign init: there is no terminal to ask on: give --yes, and what is known by {_FLAGS}"
        click.echo(message, err=True)
        raise SystemExit(ExitCode.USAGE)
    if not yes:
        answers = _ask(answers)
    for topic in answers.topics:
        if not re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]+", topic):
            raise click.UsageError(f'"{topic}" is no topic ARN: arn:aws:sns:REGION:ACCOUNT:NAME is wanted')
    written = sum(_write(path, text) for path, text in starter_files(folder.resolve(), answers))
    if written:
        note('next: fill in the secrets, then "countersign config check" and "countersign run"')


def _ask(known: Answers) -> Answers:
    """Ask for what was not given; an empty answer leaves the thing out."""

    def asked(question: str, answer: str | None) -> str | None:
        return answer or click.prompt(question, default="", show_default=False, err=True) or None

    queue_url = asked("URL of the SQS queue that calls come in by", known.queue_url)
    topics = known.topics or tuple(
        (asked("ARNs of the accounts' SNS topics, with blanks between", None) or "").split()
    )
    person = asked("Id of the first person, for example ada", known.person)
    if person is None:
        return known._replace(queue_url=queue_url, topics=topics)
    return Answers(
        queue_url,
        topics,
        person,
        asked("Their name", known.name),
        asked("Their Slack user id", known.slack),
        asked("Their Duo user name", known.duo),
        asked("Their Identity Center user name", known.sso),
    )


def _write(path: Path, text: str) -> bool:
    """Write a file that is not there yet, and say which of both it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        note(f"kept     {path}")
        return False
    note(f"written  {path}")
    return True
