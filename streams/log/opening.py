"""Opening: the one place that knows which of the two logs a configuration names.

Kafka's half is imported only where it is needed: a verb that reads a file starts without it.
"""

from typing import TYPE_CHECKING, Protocol

from streams.embedded.location import parse_location
from streams.embedded.reader import LogReader
from streams.log.deviation import Deviation
from streams.log.faults import LogUnusable
from streams.log.offsets import OpenOffsets
from streams.log.reader import OpenLog
from streams.settings.model import LogSettings
from streams.shell.appender import Appender

if TYPE_CHECKING:
    from streams.kafka.access import KafkaAccess


class OpenAppender(Appender, Protocol):
    """An appender with connections of its own."""

    async def start(self) -> None:
        """Connect.

        Raises:
            LogUnusable: the log does not answer.
        """

    async def close(self) -> None:
        """Give the connections back."""


def is_kafka(log: LogSettings) -> bool:
    """Whether the log is on Kafka; else it is a file of this machine."""
    return log.url.startswith("kafka:")


def kafka_access(log: LogSettings) -> "KafkaAccess | None":
    """How the stream engine reaches the brokers; None where there are none."""
    if not is_kafka(log):
        return None
    from streams.kafka.access import KafkaAccess  # noqa: PLC0415 - as the module says

    return KafkaAccess(log)


def open_log_reader(log: LogSettings) -> OpenLog:
    """A reader of either log.

    Raises:
        LogUnusable: there is no log, or it cannot be read.
        ValueError: the URL names none.
    """
    if is_kafka(log):
        from streams.kafka.access import KafkaAccess  # noqa: PLC0415 - as the module says
        from streams.kafka.reader import KafkaReader  # noqa: PLC0415 - as above

        return KafkaReader(KafkaAccess(log))
    return LogReader(parse_location(log.url).path)


def open_kafka_appender(log: LogSettings) -> OpenAppender:
    """An appender to a log on Kafka, not started; the embedded log has one writer, which its run holds.

    Raises:
        ValueError: the URL names no log on Kafka.
    """
    from streams.kafka.access import KafkaAccess  # noqa: PLC0415 - as the module says
    from streams.kafka.appender import KafkaAppender  # noqa: PLC0415 - as above

    return KafkaAppender(KafkaAccess(log), log.partitions)


def open_kafka_offsets(log: LogSettings) -> OpenOffsets:
    """Keeps the offsets of a group without members on Kafka; connects with the first commit.

    Raises:
        ValueError: the URL names no log on Kafka.
    """
    from streams.kafka.access import KafkaAccess  # noqa: PLC0415 - as the module says
    from streams.kafka.offsets import KafkaOffsets  # noqa: PLC0415 - as above

    return KafkaOffsets(KafkaAccess(log))


def compare_topics(log: LogSettings) -> list[Deviation]:
    """Where the topics are not what the pipeline relies on; nothing is changed. The embedded log makes its own.

    Raises:
        LogUnusable: the log does not answer.
    """
    if not is_kafka(log):
        return []
    from streams.kafka.topics import compare  # noqa: PLC0415 - as the module says

    return compare(log)


def mend_topics(log: LogSettings) -> list[Deviation]:
    """Make topics and change settings as far as nothing can be lost by it; gives back what is left.

    Raises:
        LogUnusable: the log does not answer, or refuses.
    """
    if not is_kafka(log):
        return []
    from streams.kafka.topics import mend  # noqa: PLC0415 - as the module says

    return mend(log)


def check_topics(log: LogSettings) -> None:
    """What every role does first.

    Raises:
        LogUnusable: in one line, the first deviation and how many there are; or the log does not answer.
    """
    found = compare_topics(log)
    if found:
        more = f" (and {len(found) - 1} more: `countersign topics plan` lists them)" if len(found) > 1 else ""
        raise LogUnusable(f"{log.url}: {found[0]}{more}")
