"""The verb `doctor`: live checks, one row each with a fix."""

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from agents.cli.exit_code import ExitCode
from agents.cli.options import chosen_config, config_option
from agents.cli.output import emit, note, output_option, standing

if TYPE_CHECKING:
    from agents.doctor.row import Row
    from streams.settings.model import Settings


@click.command()
@config_option
@output_option
def doctor(config: Path | None, form: str) -> None:
    """Check everything that a run depends on, live: log, feeds, every service. Nobody is disturbed."""
    from agents.cli.log_view import hush_clients
    from streams.settings.load import load

    hush_clients()
    settings = load(chosen_config(config), os.environ)
    rows = asyncio.run(_rounds(settings))
    emit([{"what": row.what, "ok": standing(row.ok), "detail": row.detail, "fix": row.fix} for row in rows], form)
    if any(not row.reached for row in rows):
        sys.exit(ExitCode.UNREACHABLE)
    if any(row.ok is False for row in rows):
        sys.exit(ExitCode.PROBLEMS)


async def _rounds(settings: "Settings") -> "list[Row]":
    from agents.doctor.rounds import rounds

    rows = []
    async for row in rounds(settings):
        if sys.stderr.isatty():  # somebody waits; a pipe gets the table alone
            note(f"{row.what} ...")
        rows.append(row)
    return rows
