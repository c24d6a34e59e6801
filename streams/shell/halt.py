"""Halt: leave at once, before anything wrong is acknowledged."""

import logging
import os
import sqlite3
import sys
import traceback
from typing import NoReturn

from streams.log.faults import LogFault

EXIT_CODE = 70
"""EX_SOFTWARE: the supervisor starts the child again, and pages when that does not help."""

logger = logging.getLogger(__name__)


def halt(what: str, error: BaseException | None = None) -> NoReturn:
    """Log, flush and end the process without any cleanup: whatever is not acknowledged comes again.

    A graceful stop would let Faust commit; ending here is what keeps an offset from passing a failed message.
    """
    logger.critical("shell_halted: %s%s", what, "" if error is None else f"\n{safe_traceback(error)}")
    for handler in [*logging.getLogger().handlers, *logger.handlers]:
        handler.flush()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(EXIT_CODE)


def safe_traceback(error: BaseException) -> str:
    """Frames and types of an exception and its causes, without its text.

    The text of a decoding or lookup error quotes the record; only the operating system's and the database's own
    words, and what we say of the log, carry none of it and are kept.
    """
    parts: list[str] = []
    link: BaseException | None = error
    while link is not None:
        parts.extend(frame for frame in _frames(link))
        words = f": {link}" if isinstance(link, OSError | sqlite3.Error | LogFault) else ""
        parts.append(f"{type(link).__module__}.{type(link).__qualname__}{words}")
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "\n".join(parts)


def _frames(error: BaseException) -> list[str]:
    """One line a frame: file, line and function, never the values in it."""
    return [
        f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    ]
