"""Faults: what can be wrong with the log.

LogFault
  LogInUse      another process is the writer
  LogUnusable   the file or the cluster cannot serve as this log
    LogNotOpened  the disk did not let the writer open it; worth another try
  LogFailed     the writer could not commit, and is dead
  UnknownTopic  a topic that the log does not have
"""

_BROKERS = "check that the brokers run, and what [log] in the configuration says of them"


class LogFault(Exception):  # noqa: N818 - the operator reads of faults of the log, not of errors in code
    """Something about the log; the text is written for the operator."""


class LogInUse(LogFault):
    """Another process holds the writer's lock."""


class LogUnusable(LogFault):
    """The file or the cluster is no log, is another than this configuration describes, or does not answer."""


class LogNotOpened(LogUnusable):
    """The disk refused what opening takes (full, I/O error, no descriptor left): the same may work in a moment."""


class LogFailed(LogFault):
    """A commit failed (disk full, I/O error): nothing of it is acknowledged and the writer takes no more."""


class UnknownTopic(LogFault):
    """A topic that is not in the log's plan."""


def silence_of(fault: LogFault) -> str | None:
    """The address at which no broker answers, where that is the fault; None for every other.

    The client library's own text about it is written for its authors. By name, for it is imported only where a log
    on Kafka is.
    """
    if type(fault.__cause__).__name__ not in {"KafkaConnectionError", "NodeNotReadyError"}:
        return None
    return str(fault).partition(": ")[0]


def told(fault: Exception) -> str:
    """A fault in words for operators: also where the client library's own would be all there is."""
    address = silence_of(fault) if isinstance(fault, LogFault) else None
    return str(fault) if address is None else f"no broker answers at {address}: {_BROKERS}"
