"""Plain words: a fault that nobody planned, as somebody reads it who does not know our classes."""

import os
import sqlite3

from streams.log.faults import LogFault


def plain_words(error: Exception) -> str:
    """What happened, without the name of a class: ours and the system's texts are written for people."""
    if isinstance(error, OSError):
        return system_words(error)
    if isinstance(error, LogFault | sqlite3.Error):
        return str(error)
    return f"nobody foresaw this: {error}; the log lines of this process tell more"


def system_words(error: OSError) -> str:
    """The system's words: asyncio puts a sentence with addresses there, a name not found has a number below 0."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)
