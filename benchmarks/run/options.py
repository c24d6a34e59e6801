"""Options: the command line of a scenario: what it is called, its defaults, and what no option may be."""

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import results

RESULTS = (
    "a folder for what is measured; the checkout's own, if none is named, where it takes the last one's place"
)


def command_line(name: str, text: str | None) -> argparse.ArgumentParser:
    """The parser of a scenario of that name and docstring, with the folder for its results."""
    parser = argparse.ArgumentParser(
        prog=f"countersign bench run {name}",
        description=(text or "").partition("\n")[0].partition(": ")[2],
        formatter_class=_Defaults,
    )
    parser.add_argument("--results", type=Path, default=results.FOLDER, help=RESULTS)
    return parser


def at_least(least: int) -> Callable[[str], int]:
    """The type of a number that is that or more."""

    def read(text: str) -> int:
        try:
            number = int(text.replace("_", "").replace(",", ""))
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
        if number < least:
            raise argparse.ArgumentTypeError(f"{number} is less than {least}")
        return number

    return read


COUNT = at_least(1)


class _Defaults(argparse.HelpFormatter):
    """Says the default of every option but of a folder or a file, whose path is long and differs."""

    def add_argument(self, action: argparse.Action) -> None:
        """As it does it, with words for an option that has none of its own."""
        if action.default is not None and action.type is not Path and action.dest != "help":
            action.help = f"{action.help or ''} (default: %(default)s)".strip()
        super().add_argument(action)
