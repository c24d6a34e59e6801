"""The verb `dlq`: what arrived and could not be taken as a call."""

import base64
import sys
from pathlib import Path
from typing import Any

import rich_click as click

from agents.cli.nearest_word import nearest_word
from agents.cli.options import config_option, log_option
from agents.cli.output import emit, json_text, note, output_option, printable
from agents.cli.verbs import SubVerbs
from streams.counted import counted
from streams.records.dead_letter import DeadLetter

_COLUMNS = ("id", "at", "stage", "reason", "feed", "sensitive", "detail")


@click.group(cls=SubVerbs)
def dlq() -> None:
    """List and show dead letters."""


@dlq.command("list")
@config_option
@log_option
@output_option
@click.option("--reason", help="Only dead letters of this reason.")
def list_(config: Path | None, log: Path | None, form: str, reason: str | None) -> None:
    """List dead letters, the oldest first; bodies are left out."""
    from agents.cli import log_view

    with log_view.open_log(config, log) as reader:
        found = list(log_view.dead_letters(reader))
    wanted = [(name, letter) for name, letter in found if reason in {None, letter.reason}]
    wanted.sort(key=lambda one: one[1].at_ms)
    emit([_row(name, letter) for name, letter in wanted], form, _COLUMNS)
    if not wanted:
        reasons = {letter.reason for _, letter in found}
        told = f"none of {counted(len(found), 'dead letter')} has the reason {nearest_word(str(reason), reasons)}"
        note(told if found else "no dead letters")


@dlq.command()
@click.argument("letter_id")
@config_option
@log_option
@output_option
def show(letter_id: str, config: Path | None, log: Path | None, form: str) -> None:
    """Show one dead letter with its body and traceback, by the id that the list gives."""
    from agents.cli import log_view

    with log_view.open_log(config, log) as reader:
        found = {name: letter for name, letter in log_view.dead_letters(reader) if name == letter_id}
    if not found:
        raise click.ClickException(f'there is no dead letter "{letter_id}": "countersign dlq list" has the ids')
    letter = found[letter_id]
    row = _row(letter_id, letter) | {"traceback": letter.traceback, **_body(letter)}
    if form != "table":
        sys.stdout.write(json_text(row, indent=2 if form == "json" else None) + "\n")
        return
    for key, value in row.items():
        text = ", ".join(value) or None if isinstance(value, list) else value
        for line in str("-" if text is None else text).splitlines() or [""]:
            sys.stdout.write(f"{key + ':':12}{printable(line)}\n")


def _row(name: str, letter: DeadLetter) -> dict[str, Any]:
    from agents.cli.case_story import when

    return {
        "id": name,
        "at": when(letter.at_ms),
        "stage": letter.stage,
        "reason": letter.reason,
        "feed": letter.feed,
        "position": letter.position,
        "sensitive": letter.sensitive,
        "detail": letter.detail,
    }


def _body(letter: DeadLetter) -> dict[str, str]:
    """The body as text; one that is no text as base64."""
    try:
        return {"body": letter.body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(letter.body).decode()}
