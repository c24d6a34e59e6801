"""File: one file on disk, named and read so that no file can hold up the others."""

import os
import stat
from pathlib import Path
from typing import NamedTuple

MAX_FILE_BYTES = 1 << 30
_TAIL_BYTES = 1 << 20


class NoFile(Exception):  # noqa: N818 - it is what the path turned out to be
    """A pipe, socket or device: opening one may wait for ever."""


class Seen(NamedTuple):
    """What tells, unread, whether a file is the one that was there before."""

    size: int
    mtime_ns: int


def part_of(path: Path) -> str:
    r"""The name of a path in positions and dead letters; different paths have different names.

    File names are bytes: those that are no UTF-8 are written as \xe9, so a backslash of the name itself doubles.
    """
    return os.fsencode(path).replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")


def seen(path: Path) -> Seen:
    """Size and time of a regular file.

    Raises:
        NoFile: it is none; OSError: it cannot be looked at.
    """
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise NoFile("it is a pipe, a socket or a device, and no regular file")
    return Seen(about.st_size, about.st_mtime_ns)


class Content(NamedTuple):
    """What was read of a file; `cut_from` is the file's size where `body` is only its beginning."""

    body: bytes
    cut_from: int | None


def read(path: Path) -> Content:
    """The content, of a file over 1 GiB the beginning, up to the end of a line where one can be found.

    Raises:
        OSError: it cannot be read.
    """
    without_waiting = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(without_waiting, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size <= MAX_FILE_BYTES:
            return Content(file.read(MAX_FILE_BYTES), None)
        start = max(0, MAX_FILE_BYTES - _TAIL_BYTES)
        file.seek(start)
        line_end = file.read(MAX_FILE_BYTES - start).rfind(b"\n") + 1
        file.seek(0)
        return Content(file.read(start + line_end if line_end else MAX_FILE_BYTES), size)
