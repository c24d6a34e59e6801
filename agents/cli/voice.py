"""Voice: how much the command line was asked to say."""

import logging
from typing import NamedTuple

import rich_click as click


class Voice(NamedTuple):
    """What -v, how often, and -q stand for; -q beats -v."""

    verbose: int = 0
    quiet: bool = False

    @classmethod
    def of_this_call(cls) -> "Voice":
        """The voice of the command that is running; the ordinary one outside of any."""
        context = click.get_current_context(silent=True)
        said = context.find_root().params if context is not None else {}
        return cls(said.get("verbose") or 0, bool(said.get("quiet")))

    @property
    def log_level(self) -> int:
        """The least level of our own events that is shown."""
        if self.quiet:
            return logging.ERROR
        return logging.DEBUG if self.verbose else logging.INFO

    @property
    def arguments(self) -> list[str]:
        """The options by which another process of ours gets the same voice."""
        return [*["--verbose"] * self.verbose, *["--quiet"] * self.quiet]
