"""Errors: faults with their excerpts, and anything unexpected in one line: what, where, and the remedy."""

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import rich_click as click

from agents.cli.exit_code import ExitCode
from agents.cli.output import printable
from streams.settings.fault import Fault, FaultsFound

_PACKAGES = ("agents", "tables", "streams")
_NEVER_TO_BLAME = "streams/shell/failpoints.py"
"""Nearly everything is awaited through it; the line before it is the one that asked."""

_REMEDIES: dict[type[BaseException], str] = {
    FileNotFoundError: "check the path",
    PermissionError: "check who may read and write it",
    IsADirectoryError: "name a file, not a folder",
    ModuleNotFoundError: "install it again: pip install --force-reinstall countersign",
    ConnectionError: "check that it runs and that the network lets it through",
    TimeoutError: "check that it runs and that the network lets it through",
    OSError: "check the disk and the path",
}


def guarded(work: Callable[[], int | None], verb: str, verbosity: int) -> int:
    """Do the work of the command line and give its exit code, whatever it raises."""
    try:
        return work() or ExitCode.OK
    except click.UsageError as error:
        error.show()
        return ExitCode.USAGE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("stopped\n")
        return 130  # 128 and SIGINT, as shells have it
    except BrokenPipeError:
        _close_standard_output()
        return ExitCode.OK
    except FaultsFound as found:
        show_faults(found.faults)
        return ExitCode.CONFIG
    except Exception as error:  # noqa: BLE001 - the last resort of the whole program
        return _unexpected(error, verb, verbosity)


def show_faults(faults: Sequence[Fault]) -> None:
    """Every fault on standard error; on a terminal with the line it stands on, and a count at the end."""
    from agents.cli.excerpt import excerpt
    from agents.cli.near_paths import near_fault

    terminal = sys.stderr.isatty()
    for fault in map(near_fault, faults):
        sys.stderr.write(printable(str(fault)) + "\n")
        lines = excerpt(fault) if terminal else None
        if lines is not None:
            sys.stderr.write(lines + "\n")
    if terminal and len(faults) > 1:
        sys.stderr.write(f"{len(faults)} faults\n")


def _unexpected(error: Exception, verb: str, verbosity: int) -> int:
    from agents.logs import SECRET_WORDS
    from streams.feeds.aws import RegionUnknownError
    from streams.log.faults import LogInUse, LogUnusable, UnknownTopic, told

    if verbosity >= 2:
        sys.stderr.write(SECRET_WORDS.sub("***", "".join(traceback.format_exception(error))))
    if isinstance(error, LogInUse | LogUnusable | UnknownTopic):
        sys.stderr.write(printable(f"countersign {verb}: {told(error)}") + "\n")
        return ExitCode.UNREACHABLE
    if isinstance(error, RegionUnknownError):
        sys.stderr.write(printable(f"countersign {verb}: {error}") + "\n")
        return ExitCode.CONFIG
    remedy = _remedy(error)
    what = SECRET_WORDS.sub("***", " ".join(str(error).split())) or "no message"
    more = "" if verbosity >= 2 else "; -vv shows the traceback"
    line = f"countersign {verb}: {type(error).__name__}: {what} ({_where(error)}): {remedy}{more}"
    sys.stderr.write(printable(line) + "\n")
    unreachable = isinstance(error, ConnectionError | TimeoutError)
    return ExitCode.UNREACHABLE if unreachable else ExitCode.PROBLEMS


def _remedy(error: Exception) -> str:
    if type(error).__module__ == "sqlite3":  # by name, for `--help` should not have to import it
        return "check the disk, also that of temporary files"
    return next((text for kind, text in _REMEDIES.items() if isinstance(error, kind)), "this is a fault of ours")


def _where(error: Exception) -> str:
    """The deepest line of our own code on the way to the error."""
    root = Path(__file__).parent.parent.parent
    frames = traceback.extract_tb(error.__traceback__)
    ours = [
        frame for frame in frames if any(Path(frame.filename).is_relative_to(root / name) for name in _PACKAGES)
    ]
    frame = next((frame for frame in reversed(ours) if not frame.filename.endswith(_NEVER_TO_BLAME)), frames[-1])
    file = Path(frame.filename)
    return f"{file.relative_to(root) if file.is_relative_to(root) else file.name}:{frame.lineno}"


def _close_standard_output() -> None:
    """Whoever read our output has gone; leave without Python's own complaint about it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
