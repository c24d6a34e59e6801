"""Store: a table's entries in memory, one dictionary a partition."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from faust.stores.memory import Store

from streams.shell.halt import halt

Entries = dict[bytes, bytes]


class PartitionedStore(Store):  # type: ignore[misc]  # Faust's types are skipped
    """Replaces Faust's memory store, which keeps keys of lost partitions and drops falsy values on recovery.

    Invariant: a partition's entries are what its table recovered and wrote since; dropped when the partition is
    revoked.
    """

    def __post_init__(self) -> None:
        self.partitions: defaultdict[int, Entries] = defaultdict(dict)

    def apply_changelog_batch(self, batch: Iterable[Any], **_conversions: Any) -> None:
        """Never called by our recovery; Faust's must not write into a table behind its back."""
        if any(True for _ in batch):
            halt(f"Faust was about to recover table {self.table_name} by itself")

    async def on_rebalance(self, *_: Any) -> None:
        """Nothing: the table says what goes."""

    def forget(self, partition: int) -> None:
        """Drop a partition's entries."""
        self.partitions.pop(partition, None)

    def entries(self, partition: int) -> Mapping[bytes, bytes]:
        """The live view of one partition."""
        return self.partitions[partition]
