"""Exit code: what the command line tells a script."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The same for every verb."""

    OK = 0
    PROBLEMS = 1  # the verb worked, and what it looked for is not as it should be
    USAGE = 2
    CONFIG = 3
    UNREACHABLE = 4  # the log, or a service, cannot be reached
