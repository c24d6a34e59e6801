"""The verb `topics`: what the topics of a log on Kafka have to be, and making them so."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from agents.cli.exit_code import ExitCode
from agents.cli.options import chosen_config, config_option
from agents.cli.output import emit, note, output_option
from agents.cli.verbs import SubVerbs
from streams.counted import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.log.deviation import Deviation
    from streams.settings.model import LogSettings

_COLUMNS = ("topic", "what", "is", "has_to_be", "mend", "remedy")


@click.group(cls=SubVerbs)
def topics() -> None:
    """Compare the topics of a log on Kafka with what is needed; make them."""


@topics.command()
@config_option
@output_option
def plan(config: Path | None, form: str) -> int:
    """Show what `topics apply` would do, and what it would leave; changes nothing."""
    from streams.log.opening import compare_topics

    found = compare_topics(_log(config))
    _show(found, form)
    note("the topics are as they have to be" if not found else counted(len(found), "deviation"))
    return ExitCode.PROBLEMS if found else ExitCode.OK


@topics.command()
@config_option
@output_option
def apply(config: Path | None, form: str) -> int:
    """Make the topics that are missing, and change settings where nothing can be lost by it."""
    from streams.log.opening import compare_topics, mend_topics

    log = _log(config)
    before = compare_topics(log)
    left = mend_topics(log) if before else []
    done = [each for each in before if each not in left]
    for each in done:
        note(
            f"topic {each.topic}: {each.mend}d{'' if each.mend == 'create' else f' {each.what} to {each.wanted}'}"
        )
    _show(left, form)
    note("the topics are as they have to be" if not left else f"{counted(len(left), 'deviation')} left")
    return ExitCode.PROBLEMS if left else ExitCode.OK


def _log(config: Path | None) -> "LogSettings":
    """All of the configuration has to be good: a wrong number of partitions could not be taken back."""
    from agents.cli.log_view import hush_clients
    from streams.log.opening import is_kafka
    from streams.settings.load import load

    log = load(chosen_config(config), os.environ).log
    if not is_kafka(log):
        raise click.UsageError(f"log.url is {log.url}: the embedded log makes its own topics")
    hush_clients()
    return log


def _show(found: "Sequence[Deviation]", form: str) -> None:
    rows = [dict(zip(_COLUMNS, each, strict=True)) for each in found]
    emit([{**row, "mend": str(row["mend"])} for row in rows], form, _COLUMNS)
    sys.stdout.flush()
