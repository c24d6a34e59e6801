"""Writer lock: one writer process a log, held by the kernel so that it ends with its process."""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from streams.log.faults import LogInUse, LogNotOpened, LogUnusable

_RETRY_S = 0.1


class WriterLock:
    """An exclusive lock on `<log>.lock`, which also names the process that holds it."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    @classmethod
    def take(cls, log: Path, wait_s: float) -> Self:
        """Take the lock, trying for at most `wait_s` seconds.

        Raises:
            LogInUse: another process still holds it then.
            LogUnusable: there is no such folder, or none that is ours to write.
            LogNotOpened: the disk or the system did not let us make the lock file.
        """
        path = log.with_name(log.name + ".lock")
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except (FileNotFoundError, NotADirectoryError) as error:
            message = f"the folder {path.parent} of the log does not exist: make it, or change log.url"
            raise LogUnusable(message) from error
        except PermissionError as error:
            message = f"cannot make the lock file {path}: {error.strerror}: let this user write there"
            raise LogUnusable(message) from error
        except OSError as error:
            raise LogNotOpened(f"cannot make the lock file {path}: {error.strerror}") from error
        until = time.monotonic() + wait_s
        while not _locked(fd):
            if time.monotonic() >= until:
                raise LogInUse(_in_use(log, fd))
            time.sleep(_RETRY_S)
        with suppress(OSError):  # a full disk: the lock is ours all the same, it only does not say whose it is
            os.ftruncate(fd, 0)
            os.pwrite(fd, str(os.getpid()).encode(), 0)
        return cls(fd)

    def release(self) -> None:
        """Give the lock back; the file stays, an empty lock file means nothing."""
        os.close(self._fd)


def _locked(fd: int) -> bool:
    """Whether the lock is ours now."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _in_use(log: Path, fd: int) -> str:
    """Who holds it, and what to do; closes the descriptor."""
    pid = os.pread(fd, 32, 0).decode("ascii", "replace").strip() or "unknown"
    os.close(fd)
    return (
        f"the log {log} already has a writer, process {pid}. One log has one writer: stop that process, "
        "or give this one another log.url"
    )
