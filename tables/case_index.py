"""Case index: how the cases of one partition are found; all of it follows from the entries."""

from collections import defaultdict
from collections.abc import Callable, Iterator

from streams.records.case import ENDS, CaseState
from streams.records.case_head import MARK_BYTES, AnyCase, CaseHead, group_mark, mark_of, urgency_of
from tables.people import People, roles_of

FINGERPRINT_BYTES = 32


def fingerprints_of(case: AnyCase) -> Iterator[bytes]:
    """The calls a case covers, 32 raw bytes each."""
    packed = case.fingerprints
    return (packed[at : at + FINGERPRINT_BYTES] for at in range(0, len(packed), FINGERPRINT_BYTES))


def covers(case: AnyCase, fingerprint: bytes) -> bool:
    """Whether a case covers a call."""
    at = case.fingerprints.find(fingerprint)
    while at % FINGERPRINT_BYTES and at >= 0:  # it may stand across two others
        at = case.fingerprints.find(fingerprint, at + 1)
    return at >= 0


class CaseIndex:
    """Where to look for the cases of a group, a person, an account, a call or an aggregate.

    Calls and groups are known by the first bits of their hash, in a fraction of the memory. Two may share these,
    and somebody may have made them so: who asks looks at the cases themselves. `peek` tells of a case by its id.
    """

    def __init__(self, peek: Callable[[str], AnyCase]) -> None:
        self._peek = peek
        self._holders: dict[int, str | tuple[str, ...]] = {}
        self._collecting: dict[int, str] = {}
        self._frozen: dict[int, str] = {}
        self.people = People(peek)
        self.folded: defaultdict[str, set[str]] = defaultdict(set)
        self.paged: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        self.alerted: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        self.ended: dict[str, int] = {}

    def holders(self, fingerprint: bytes) -> tuple[str, ...]:
        """The cases of which one may cover a call, the newest first."""
        found = self._holders.get(mark_of(fingerprint), ())
        return (found,) if isinstance(found, str) else found

    def collecting(self, group_key: str) -> str | None:
        """The case that may be the one of that group which still takes calls."""
        return self._collecting.get(group_mark(group_key))

    def frozen(self, group_key: str) -> str | None:
        """The case that may be the one of that group whose question was frozen last."""
        return self._frozen.get(group_mark(group_key))

    def add(self, case: CaseHead, known: int = 0) -> str:
        """Index a case's new state; `known` bytes of its fingerprints were indexed before.

        Returns the case's id as it was first indexed: every decoded state has another copy of the text.
        """
        packed, holding = case.fingerprints, self._holders
        case_id = case.case_id
        if known:
            holders = self.holders(packed[:FINGERPRINT_BYTES])
            case_id = holders[holders.index(case_id)] if case_id in holders else case_id
        for at in range(known, len(packed), FINGERPRINT_BYTES):
            mark = int.from_bytes(packed[at : at + MARK_BYTES], "big")  # as `mark_of`: a recovery has millions
            found = holding.setdefault(mark, case_id)
            if found != case_id:
                others = (found,) if isinstance(found, str) else found
                self._holders[mark] = (case_id, *(one for one in others if one != case_id))
        self._add_group(case, case_id)
        if case.asked is not None:
            self.people.keep(case.asked.person, case_id, roles_of(case))
        if case.page is not None:
            self.paged[case.account, urgency_of(case)][case_id] = case.page.emitted_ms
            for name in case.alerts:
                self.alerted[name, case.account][case_id] = case.page.emitted_ms
        if case.fold is not None:
            self._fold(case.fold.aggregate_id, case_id, waits=case.state is CaseState.ESCALATED)
        if case.state in ENDS and case.ended_ms is not None:
            self.ended[case_id] = case.ended_ms
        return case_id

    def _add_group(self, case: CaseHead, case_id: str) -> None:
        if case.state is CaseState.COLLECTING:
            self._collecting[case.group] = case_id
        elif self._collecting.get(case.group) == case_id:
            del self._collecting[case.group]
        if case.frozen_ms is not None:
            last = self._frozen.get(case.group)
            if last is None or last == case_id or (self._peek(last).frozen_ms or 0) <= case.frozen_ms:
                self._frozen[case.group] = case_id

    def _fold(self, aggregate_id: str, case_id: str, *, waits: bool) -> None:
        if waits:
            self.folded[aggregate_id].add(case_id)
        elif aggregate_id in self.folded:
            self.folded[aggregate_id].discard(case_id)
            if not self.folded[aggregate_id]:
                del self.folded[aggregate_id]

    def drop(self, case: CaseHead) -> None:
        """Forget a case altogether."""
        case_id = case.case_id
        for fingerprint in fingerprints_of(case):
            self._let_go(mark_of(fingerprint), case_id)
        if self._frozen.get(case.group) == case_id:
            del self._frozen[case.group]
        if case.asked is not None:
            self.people.keep(case.asked.person, case_id, 0)
        self.paged[case.account, urgency_of(case)].pop(case_id, None)
        for name in case.alerts:
            self.alerted[name, case.account].pop(case_id, None)
        self.ended.pop(case_id, None)

    def _let_go(self, mark: int, case_id: str) -> None:
        found = self._holders.get(mark)
        if found == case_id:
            del self._holders[mark]
        elif isinstance(found, tuple):
            self._holders[mark] = tuple(one for one in found if one != case_id)
