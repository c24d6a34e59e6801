"""Bench: `countersign bench`, the harness of `benchmarks/`, which is there in a checkout only."""

import sys
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import rich_click as click

from agents.cli.exit_code import ExitCode
from agents.cli.output import emit, output_option
from agents.cli.verbs import SubVerbs

ROOT = Path(__file__).parents[2]
RESULTS = Path("benchmarks") / "results"


@click.group(cls=SubVerbs)
def bench() -> None:
    """Measure this checkout: run a scenario, compare two results, write the report.

    Needs a checkout with its development requirements (make bench), Linux, and for most scenarios Java and Maven.
    """


@bench.command(name="list")
@output_option
def list_scenarios(form: str) -> None:
    """List the scenarios."""
    harness = _harness()
    emit([{"scenario": name, "measures": harness.about(name)} for name in harness.names()], form)


@bench.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("scenario")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def run(scenario: str, options: tuple[str, ...]) -> None:
    """Run a scenario: bench run SCENARIO [OPTIONS]; its own --help tells the options.

    Exit code 1 if a record was lost or doubled, or a bar is missed.
    """
    if scenario in {"-h", "--help"}:
        click.echo("Usage: countersign bench run SCENARIO [OPTIONS]\n\nScenarios: countersign bench list")
        return
    harness = _harness()
    if scenario not in harness.names():
        alike = get_close_matches(scenario, harness.names(), 1)
        meant = f'did you mean "{alike[0]}"?' if alike else f"known are {', '.join(harness.names())}"
        raise click.UsageError(f'there is no scenario "{scenario}": {meant}')
    raise SystemExit(harness.run(scenario, options))


@bench.command()
@click.argument("old", type=click.Path(exists=True, path_type=Path))
@click.argument("new", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=10.0,
    show_default=True,
    help="Per cent by which a figure may be worse.",
)
def compare(old: Path, new: Path, tolerance: float) -> None:
    """Compare two results, files or folders, figure by figure. Exit code 1 if one is worse."""
    harness = _harness()
    try:
        raise SystemExit(harness.compare(old, new, tolerance / 100))
    except harness.NoResults as fault:
        raise click.UsageError(str(fault)) from None


@bench.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False)
def report(folder: Path | None) -> None:
    """Write the page over all results of a folder, the checkout's own if none is named."""
    harness = _harness()
    try:
        click.echo(harness.report(folder or ROOT / RESULTS))
    except harness.NoResults as fault:
        raise click.UsageError(str(fault)) from None


def _harness() -> Any:
    """The harness; an installation that is no checkout has none."""
    if not (ROOT / "benchmarks" / "bench.py").is_file():
        raise SystemExit(
            _refused("bench runs from a checkout of Countersign: this installation has no benchmarks")
        )
    if find_spec("pytest") is None:
        raise SystemExit(_refused("bench needs the development requirements as well: run `make bench`"))
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    return import_module("benchmarks.bench")


def _refused(why: str) -> ExitCode:
    click.echo(f"countersign bench: {why}", err=True)
    return ExitCode.USAGE
