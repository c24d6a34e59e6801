"""The verb `config`: what is set, whether it can work, and where each value came from."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click

from agents.cli.options import chosen_config, config_option
from agents.cli.output import emit, json_text, note, output_option
from agents.cli.verbs import SubVerbs
from streams.counted import counted


@click.group(cls=SubVerbs)
def config() -> None:
    """Check and show the configuration."""


@config.command()
@config_option
def check(config: Path | None) -> None:
    """Report every fault of the configuration, the rules, the people and the texts, in one run."""
    from agents.people.loader import load_people
    from agents.rulebook.book import open_rulebook
    from agents.texts.catalog import load_texts
    from streams.settings.fault import FaultsFound
    from streams.settings.load import survey

    found = survey(chosen_config(config), os.environ)
    settings, faults = found.settings, list(found.faults)
    book = open_rulebook([path for path in settings.rules.paths if path.exists()])
    faults += book.faults
    people = 0
    if settings.people.path is not None and settings.people.path.exists():
        try:
            people = len(load_people(settings.people.path).people)
        except FaultsFound as found_too:
            faults += found_too.faults
    if settings.slack.texts is not None and settings.slack.texts.exists():
        try:
            load_texts(settings.slack.texts)
        except FaultsFound as found_too:
            faults += found_too.faults
    if faults:
        raise FaultsFound(faults)
    parts = [counted(len(settings.feeds), "feed"), counted(len(book.ruleset.rules), "rule")]
    parts.append(counted(people, "person", "people"))
    sys.stdout.write(f"the configuration is good: mode {settings.run.mode}, {', '.join(parts)}\n")
    if not settings.feeds:
        note("there is no feed: nothing will come in")


@config.command()
@config_option
@output_option
def show(config: Path | None, form: str) -> None:
    """Show every setting that is in force, secrets as stars, with the place each value came from."""
    from streams.settings.fault import FaultsFound
    from streams.settings.feed_checks import NOT_YET
    from streams.settings.load import survey
    from streams.settings.source import dotted

    found = survey(chosen_config(config), os.environ)
    if found.faults:
        raise FaultsFound(found.faults)
    rows = [
        {"key": dotted(path), "value": value, "origin": found.source.origin(found.source.secret_path(path))}
        for path, value in _leaves(found.settings, ())
        if path[0] != "feeds" or path[-1] not in NOT_YET
    ]
    emit(rows, form)


@config.command()
def schema() -> None:
    """Print the JSON Schema of countersign.toml, for editors."""
    from streams.settings.schema import config_schema

    sys.stdout.write(json_text(config_schema(), indent=2) + "\n")


def _leaves(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value that holds no other keys, in the order of the model."""
    if isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from _leaves(getattr(value, field), (*path, field))
    elif isinstance(value, tuple) and value and isinstance(value[0], msgspec.Struct):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path, _shown(value)


def _shown(value: Any) -> Any:
    """As JSON has it; secrets and paths as their text."""
    if isinstance(value, tuple):
        return [_shown(item) for item in value]
    return value if value is None or isinstance(value, bool | int | dict) else str(value)
