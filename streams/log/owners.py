"""Owners: which records of a changelog count, when a former owner wrote on after it had lost its partition."""

from streams.log.record import Record


class Owners:
    """Remembers the highest epoch of each partition of one topic, for who reads it from its beginning on.

    Invariant: the rule of `streams.shell.ownership`: a record below the highest epoch before it does not count.
    Without epochs, as on the embedded log with its one writer, every record counts.
    """

    def __init__(self) -> None:
        self._epochs: dict[int, int] = {}

    def accept(self, record: Record) -> bool:
        """Whether this record, read in the order of offsets, is its owner's."""
        highest = self._epochs.get(record.partition, 0)
        if record.epoch < highest:
            return False
        self._epochs[record.partition] = record.epoch
        return True
