"""Output: data on standard output as a table, JSON or lines of JSON; everything else on standard error."""

import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import rich_click as click

from agents.cli.voice import Voice

LEAST_LAST = 12
"""A last column that has less room than this runs over the terminal's edge instead of being cut to nothing."""


class Format(StrEnum):
    """How a verb prints its data."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"


output_option = click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice([str(form) for form in Format]),
    default=str(Format.TABLE),
    show_default=True,
    help="How the data is printed.",
)


def emit(rows: Iterable[Mapping[str, Any]], form: str, columns: Sequence[str] | None = None) -> None:
    """Print rows of data; a table shows the named columns, JSON everything."""
    if form == Format.NDJSON:
        for row in rows:
            sys.stdout.write(json_text(row) + "\n")
        return
    everything = list(rows)
    if form == Format.JSON:
        sys.stdout.write(json_text(everything, indent=2) + "\n")
    else:
        sys.stdout.write(table(everything, columns))


def json_text(value: Any, indent: int | None = None) -> str:
    """JSON for people and scripts; what JSON does not know, secrets among it, as its own text."""
    return json.dumps(value, ensure_ascii=False, indent=indent, default=str)


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None) -> str:
    """Rows as aligned columns under a line of headings; on a terminal the last one is cut to the room there is."""
    if not rows:
        return ""
    names = list(columns or rows[0])
    cells = [[_cell(row.get(name)) for name in names] for row in rows]
    lines = [[name.upper() for name in names], *cells]
    widths = [max(len(line[index]) for line in lines) for index in range(len(names))]
    if sys.stdout.isatty():
        room = shutil.get_terminal_size().columns - sum(widths[:-1]) - 2 * (len(widths) - 1)
        lines = [[*line[:-1], _cut(line[-1], max(room, LEAST_LAST))] for line in lines]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "".join(line.rstrip() + "\n" for line in padded)


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"


def printable(text: str) -> str:
    """A text that cannot steer a terminal: event texts are written by whoever made the call."""
    return "".join(character if character.isprintable() else "�" for character in text)


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, list | tuple) and not value):
        return "-"
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return printable(text)


def standing(ok: bool | None) -> str:  # noqa: FBT001 - it is the very value that is put into words
    """How a check went, in a word that stands out where it went wrong; None is what was not checked."""
    return {True: "ok", False: "WRONG", None: "-"}[ok]


def note(text: str) -> None:
    """Tell the person at the terminal something that is not data; -q leaves it out."""
    if not Voice.of_this_call().quiet:
        sys.stderr.write(printable(text) + "\n")
