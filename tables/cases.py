"""Cases: the verification tracking, one entry a case; and the counters of the ceilings' aggregated pages."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from streams.records.aggregate import Aggregate
from streams.records.case import Case
from streams.records.case_head import CaseHead
from streams.records.codec import to_entry
from tables.backing import Backing
from tables.case_shelf import CaseShelf

Loaded = Callable[[int, Iterable[CaseHead], Sequence[Aggregate]], None]
"""Called with a partition, its cases and its aggregates, once both tables are recovered.

The cases come one at a time, as they are taken over: the heads of a large partition at once would be as much
memory as all that is kept of it, and leave holes behind."""
Dropped = Callable[[int], None]


class CasesTable:
    """The shelves of the partitions this worker holds, over the `cases` and `counters` entries."""

    def __init__(self, cases: Backing, counters: Backing, partitions: int) -> None:
        self._cases = cases
        self._counters = counters
        self.partitions = partitions
        self._shelves: dict[int, CaseShelf] = {}
        self._entries: dict[int, Mapping[bytes, bytes]] = {}
        self._aggregates: dict[int, Sequence[Aggregate]] = {}
        self.on_loaded: Loaded = lambda _partition, _cases, _aggregates: None
        self.on_dropped: Dropped = lambda _partition: None
        cases.on_assigned(self._cases_assigned)
        cases.on_revoked(self._revoked)
        counters.on_assigned(self._counters_assigned)
        counters.on_revoked(self._revoked)

    def shelf(self, partition: int) -> CaseShelf:
        """The shelf of a partition."""
        found = self._shelves.get(partition)
        if found is None:
            found = self._shelves[partition] = CaseShelf(partition, self.partitions)
        return found

    def shelves(self) -> list[CaseShelf]:
        """Every shelf held here."""
        return list(self._shelves.values())

    def write(self, shelf: CaseShelf) -> tuple[list[Case], list[Aggregate]]:
        """Write what the message changed, each key once; returns the cases and aggregates that were written."""
        for case_id in shelf.gone:
            self._cases.remove(case_id.encode())
        for aggregate_id in shelf.gone_aggregates:
            self._counters.remove(aggregate_id.encode())
        for case in shelf.dirty.values():
            entry = to_entry(case)
            self._cases.put(case.case_id.encode(), entry)
            shelf.cases.settle(case, entry)
        for aggregate in shelf.dirty_aggregates.values():
            self._counters.put(aggregate.aggregate_id.encode(), to_entry(aggregate))
        return shelf.written()

    def _cases_assigned(self, partition: int, entries: Mapping[bytes, bytes]) -> None:
        self._entries[partition] = entries
        self._assigned(partition)

    def _counters_assigned(self, partition: int, entries: Mapping[bytes, bytes]) -> None:
        self._aggregates[partition] = self.shelf(partition).load_aggregates(entries)
        self._assigned(partition)

    def _assigned(self, partition: int) -> None:
        """Each table is recovered by itself: a partition is ours when both are, and neither was revoked since."""
        if partition in self._entries and partition in self._aggregates:
            heads = self.shelf(partition).loaded(self._entries.pop(partition))
            self.on_loaded(partition, heads, self._aggregates.pop(partition))
            for _ in heads:
                pass  # what nobody wanted to hear of is taken over all the same

    def _revoked(self, partition: int) -> None:
        """One table's word is enough; the other one's says it again."""
        self._entries.pop(partition, None)
        self._aggregates.pop(partition, None)
        self._shelves.pop(partition, None)
        self.on_dropped(partition)
