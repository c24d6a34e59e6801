"""Main: the command `countersign`; `--help` imports no verb, so that it is there at once."""

import gc
import sys

import rich_click as click

from agents.cli.own_packages import foreign_package
from agents.cli.verbs import Verbs

YOUNG_OBJECTS = 20_000
"""How many new objects the collector waits for. With Python's 700 it looks again and again at what imports build
and nothing frees, for a tenth of a start's time."""


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="countersign", prog_name="countersign")
@click.option("-v", "--verbose", count=True, metavar="", help="Say more; -vv adds tracebacks.")
@click.option("-q", "--quiet", is_flag=True, help="Only data and errors.")
def countersign(verbose: int, *, quiet: bool) -> None:
    """Ask the engineer who made a sensitive AWS call whether it was them, and page on everything else.

    Exit codes: 0 as it should be, 1 problems were found, 2 wrong usage, 3 faults in the configuration,
    4 the log or a service cannot be reached.
    """


def main() -> None:
    """The entry point of the installed command."""
    gc.set_threshold(YOUNG_OBJECTS)
    foreign = foreign_package()
    if foreign is not None:
        sys.exit(f"countersign: {foreign}")
    from agents.cli.errors import guarded

    arguments = _voice_first(sys.argv[1:])
    verbosity = sum(argument.count("v") for argument in arguments if argument in {"-v", "-vv", "-vvv"})
    verbosity += arguments.count("--verbose")
    verb = next((argument for argument in arguments if not argument.startswith("-")), "")

    def work() -> int | None:
        code: int | None = countersign.main(arguments, prog_name="countersign", standalone_mode=False)
        return code if isinstance(code, int) else None

    sys.exit(guarded(work, verb, verbosity))


def _voice_first(arguments: list[str]) -> list[str]:
    """-v and -q may stand after the verb as well: they are moved before it."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    voice = [argument for argument in arguments[:end] if argument in _VOICE]
    rest = [argument for argument in arguments[:end] if argument not in _VOICE]
    return voice + rest + arguments[end:]


_VOICE = frozenset({"-v", "-vv", "-vvv", "--verbose", "-q", "--quiet"})


if __name__ == "__main__":
    main()
