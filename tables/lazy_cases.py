"""Lazy cases: the cases of a partition by id, of which only those at work are more than their bytes."""

from collections import OrderedDict
from collections.abc import Iterator, MutableMapping

from streams.records.case import Case
from streams.records.case_head import AnyCase, CaseHead
from streams.records.codec import from_entry

WARM = 512
"""So many cases stay decoded: those of the groups that calls come in for just now."""


class LazyCases(MutableMapping[str, Case]):
    """A case that is set stays as it is until `settle` has its entry, which is decoded when somebody asks for it.

    Invariant: what is read is what was set or settled last. Most cases of a large table wait for hours: as bytes,
    which the table holds anyway, they cost neither decoding at a recovery nor a place in the garbage collector.
    """

    def __init__(self, *, warm: int = WARM) -> None:
        self._most_warm = warm
        self._entries: dict[str, bytes] = {}
        self._fresh: dict[str, Case] = {}
        self._warm: OrderedDict[str, Case] = OrderedDict()
        self._count = 0

    def load(self, case_id: str, entry: bytes) -> None:
        """Take over what a recovery found, each case once."""
        self._count += 1
        self._entries[case_id] = entry

    def peek(self, case_id: str) -> AnyCase:
        """As much of a case as costs little: the case where it is decoded, else its head.

        Raises:
            KeyError: there is none.
            msgspec.DecodeError: its entry is none of ours.
        """
        return self._fresh.get(case_id) or self._warm.get(case_id) or from_entry(CaseHead, self._entries[case_id])

    def settle(self, case: Case, entry: bytes) -> None:
        """A case whose entry the table has now."""
        self._count += case.case_id not in self
        self._fresh.pop(case.case_id, None)
        self._entries[case.case_id] = entry
        self._keep_warm(case)

    def __getitem__(self, case_id: str) -> Case:
        """The case of that id.

        Raises:
            KeyError: there is none.
            msgspec.DecodeError: its entry is none of ours.
        """
        case = self._fresh.get(case_id) or self._warm.get(case_id)
        if case is None:
            case = from_entry(Case, self._entries[case_id])
            self._keep_warm(case)
        return case

    def __setitem__(self, case_id: str, case: Case) -> None:
        self._count += case_id not in self
        self._fresh[case_id] = case  # an entry stays below it, and with it the one copy of the id that is kept
        self._warm.pop(case_id, None)

    def __delitem__(self, case_id: str) -> None:
        if case_id not in self:
            raise KeyError(case_id)
        self._count -= 1
        self._entries.pop(case_id, None)
        self._fresh.pop(case_id, None)
        self._warm.pop(case_id, None)

    def __contains__(self, case_id: object) -> bool:
        return case_id in self._fresh or case_id in self._entries

    def __iter__(self) -> Iterator[str]:
        yield from self._entries
        yield from (case_id for case_id in self._fresh if case_id not in self._entries)

    def __len__(self) -> int:
        return self._count

    def _keep_warm(self, case: Case) -> None:
        self._warm[case.case_id] = case
        self._warm.move_to_end(case.case_id)
        if len(self._warm) > self._most_warm:
            self._warm.popitem(last=False)
