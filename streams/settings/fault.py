"""Fault: one mistake in a file of the user's, with its place, the remedy and a code of the reference."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from msgspec import Struct


class Fault(Struct, frozen=True):
    """One mistake; the code (CS-C..., CS-R..., CS-P...) has a docs entry.

    Line and column count from 1; line 0 means that `file` is an environment variable, which has no lines. A
    `warning` keeps nothing from running.
    """

    file: str
    line: int
    column: int
    message: str
    code: str
    warning: bool = False

    def __str__(self) -> str:
        """The one-line form: `rules/iam.yaml:14:9: unknown action "notfy": did you mean "notify"? [CS-R012]`."""
        place = self.file if self.line == 0 else f"{self.file}:{self.line}:{self.column}"
        return f"{place}: {'warning: ' if self.warning else ''}{self.message} [{self.code}]"


class FaultsFound(Exception):  # noqa: N818 - it carries several faults, and "Error" would say one
    """Every fault of every file that was read, in the order of the files."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def nearest(word: str, known: Iterable[str]) -> str:
    """`: did you mean "notify"?` when a known word is near, else nothing; for the end of a message."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f': did you mean "{close[0]}"?' if close else ""
