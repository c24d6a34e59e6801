"""Store: a table's entries in memory, one dictionary a partition."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from faust.stores.memory import Store

from streams.shell.halt import halt

Entries = dict[bytes, bytes]


class PartitionedStore(Store):  # type: ignore[misc]  # Faust's types are skipped
    """Replaces Faust's memory store, which keeps keys of lost partitions and drops falsy values on recovery.

    Invariant: a partition's entries are exactly its changelog's live keys: cleared before recovery, dropped when
    the partition is revoked.
    """

    def __post_init__(self) -> None:
        self.partitions: defaultdict[int, Entries] = defaultdict(dict)

    def apply_changelog_batch(self, batch: Iterable[Any], **_conversions: Any) -> None:
        """Apply recovered changes as they lie on the changelog; a value of None removes.

        Faust would log an exception here as a warning and start with a hole, so this ends the process.
        """
        try:
            for event in batch:
                message = event.message
                entries = self.partitions[message.partition]
                if message.value is None:
                    entries.pop(message.key, None)
                else:
                    entries[message.key] = message.value
        except Exception as error:  # noqa: BLE001 - whatever it is, the table is not what it was
            halt(f"table {self.table_name} could not be recovered", error)

    async def on_rebalance(
        self, _assigned: set[Any], revoked: set[Any], newly_assigned: set[Any], *_: Any
    ) -> None:
        """Forget what is no longer ours, and whatever is left of what comes back."""
        changelog = self.table.changelog_topic_name
        for topic, partition in revoked | newly_assigned:
            if topic == changelog:
                self.partitions.pop(partition, None)

    def entries(self, partition: int) -> Mapping[bytes, bytes]:
        """The live view of one partition."""
        return self.partitions[partition]
