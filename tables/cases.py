"""Cases: the verification tracking, one entry a case; and the counters of the ceilings' aggregated pages."""

from collections.abc import Callable, Mapping

from streams.records.aggregate import Aggregate
from streams.records.case import Case
from streams.records.codec import from_entry, to_entry
from tables.backing import Backing
from tables.case_shelf import CaseShelf

Loaded = Callable[[CaseShelf], None]
Dropped = Callable[[int], None]


class CasesTable:
    """The shelves of the partitions this worker holds, over the `cases` and `counters` entries."""

    def __init__(self, cases: Backing, counters: Backing, partitions: int) -> None:
        self._cases = cases
        self._counters = counters
        self.partitions = partitions
        self._shelves: dict[int, CaseShelf] = {}
        self.on_loaded: Loaded = lambda _shelf: None
        self.on_dropped: Dropped = lambda _partition: None
        cases.on_assigned(self._cases_assigned)
        cases.on_revoked(self._revoked)
        counters.on_assigned(self._counters_assigned)

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
            self._cases.put(case.case_id.encode(), to_entry(case))
        for aggregate in shelf.dirty_aggregates.values():
            self._counters.put(aggregate.aggregate_id.encode(), to_entry(aggregate))
        return shelf.written()

    def _cases_assigned(self, partition: int, entries: Mapping[bytes, bytes]) -> None:
        cases = [from_entry(Case, value) for value in entries.values()]
        shelf = self.shelf(partition)
        shelf.load({case.case_id: case for case in cases}, {})
        self.on_loaded(shelf)

    def _counters_assigned(self, partition: int, entries: Mapping[bytes, bytes]) -> None:
        aggregates = [from_entry(Aggregate, value) for value in entries.values()]
        shelf = self.shelf(partition)
        shelf.load({}, {aggregate.aggregate_id: aggregate for aggregate in aggregates})
        self.on_loaded(shelf)

    def _revoked(self, partition: int) -> None:
        self._shelves.pop(partition, None)
        self.on_dropped(partition)
