"""Case shelf: the cases and aggregates of one partition in memory, and which of them are still to be written."""

from array import array
from collections.abc import Iterator, Mapping, Sequence

import msgspec
import structlog

from streams.records.aggregate import Aggregate
from streams.records.case import Case, CaseState
from streams.records.case_entry import head_in
from streams.records.case_head import AnyCase, CaseHead, head_of
from streams.records.codec import from_entry
from tables.case_index import CaseIndex, covers
from tables.lazy_cases import LazyCases
from tables.moves import Moves
from tables.people import OPEN_CASE, PROMPTED, PUSHED

log = structlog.get_logger(__name__)


class CaseShelf:
    """What decisions ask and change; `dirty` and `gone` say what the message at hand did to it.

    Ceilings, open groups, live pushes and the covered fingerprints are derived from the entries, so one
    written key is one whole transition.
    """

    def __init__(self, partition: int, partitions: int) -> None:
        self.partition = partition
        self.partitions = partitions
        self.cases = LazyCases()
        self.aggregates: dict[str, Aggregate] = {}
        self.dirty: dict[str, Case] = {}
        self.dirty_aggregates: dict[str, Aggregate] = {}
        self.gone: list[str] = []
        self.gone_aggregates: list[str] = []
        self._index = CaseIndex(self.cases.peek)
        self._scopes: dict[str, str] = {}
        self._moves = Moves()
        self.last_src = -1

    def load(self, entries: Mapping[bytes, bytes]) -> None:
        """Take over the recovered entries of cases."""
        for _ in self.loaded(entries):
            pass

    def loaded(self, entries: Mapping[bytes, bytes]) -> Iterator[CaseHead]:
        """Take them over one by one, and give their heads, each decoded once and kept by nobody.

        A damaged entry is passed over, for all others wait for their owner. The watchdog, which reads the same
        log, pages about it; a call that it covered is asked about again when it comes again.
        """
        srcs, ids = array("q"), list[str]()
        for key, entry in entries.items():
            try:
                head = head_in(entry)
            except msgspec.DecodeError as fault:
                log.error("case_damaged", case=key.decode(errors="replace"), fault=str(fault))  # noqa: TRY400 - see text
                continue
            self.cases.load(head.case_id, entry)
            self._index.add(head)
            srcs.append(head.src)
            ids.append(head.case_id)
            yield head
        self._moves.load(srcs, ids)
        self.last_src = self._moves.last_src

    def load_aggregates(self, entries: Mapping[bytes, bytes]) -> list[Aggregate]:
        """Take over the recovered entries of aggregates.

        Raises:
            msgspec.DecodeError: an entry is no aggregate.
        """
        aggregates = [from_entry(Aggregate, entry) for entry in entries.values()]
        for aggregate in aggregates:
            self._take_aggregate(aggregate)
        return aggregates

    def get(self, case_id: str) -> Case | None:
        """The case of that id."""
        return self.cases.get(case_id)

    def peek(self, case_id: str) -> AnyCase | None:
        """As much of the case of that id as deadlines ask for."""
        return self.cases.peek(case_id) if case_id in self.cases else None

    def holding(self, fingerprint: bytes) -> str | None:
        """The id of the case that covers a call."""
        for case_id in self._index.holders(fingerprint):
            case = self.cases.get(case_id)
            if case is not None and covers(case, fingerprint):
                return case_id
        return None

    def collecting(self, group_key: str) -> Case | None:
        """The case of that group which still takes calls."""
        return self._of_group(self._index.collecting(group_key), group_key)

    def last_frozen_ms(self, group_key: str) -> int | None:
        """When the group's last question was frozen."""
        case = self._of_group(self._index.frozen(group_key), group_key)
        return case.frozen_ms if case else None

    def _of_group(self, case_id: str | None, group_key: str) -> Case | None:
        case = self.cases.get(case_id) if case_id else None
        return case if case is not None and case.group_key == group_key else None

    def prompts_since(self, person: str, since_ms: int) -> int:
        """How many questions were sent out to a person since then."""
        asked = [self.cases.peek(case_id).prompt for case_id in self._index.people.of(person, PROMPTED)]
        return sum(prompt is not None and prompt.asked_ms > since_ms for prompt in asked)

    def pages_since(self, account: str, urgency: str, since_ms: int) -> int:
        """How many pages of their own, of that urgency, an account's cases of this partition got since then."""
        return sum(at_ms > since_ms for at_ms in self._index.paged.get((account, urgency), {}).values())

    def alerted_since(self, rule: str, account: str, since_ms: int) -> bool:
        """Whether an alert of this rule and account already has a page of its own since then."""
        return any(at_ms > since_ms for at_ms in self._index.alerted.get((rule, account), {}).values())

    def live_push(self, person: str, now_ms: int) -> str | None:
        """The id of a case whose push may still be on that person's phone, whatever became of the case."""
        for case_id in sorted(self._index.people.of(person, PUSHED)):
            case = self.cases[case_id]
            until_ms = (case.push.not_after_ms or 0) + case.timing.push_life_ms() if case.push else 0
            if case.state is CaseState.CHALLENGING or now_ms < until_ms:
                return case_id
        return None

    def queued_pushes(self, person: str) -> Sequence[Case]:
        """The person's cases whose Yes waits for its push, the oldest Yes first."""
        waiting = [case for case in self.open_of(person) if case.push and case.push.queued_ms is not None]
        return sorted(waiting, key=lambda case: (case.push.yes_ms if case.push else 0, case.case_id))

    def open_of(self, person: str) -> Sequence[Case]:
        """The person's cases that have not come to an end or an escalation."""
        return [self.cases[case_id] for case_id in sorted(self._index.people.of(person, OPEN_CASE))]

    def aggregate(self, aggregate_id: str) -> Aggregate | None:
        """The aggregate of that id."""
        return self.aggregates.get(aggregate_id)

    def current_aggregate(self, scope: str) -> Aggregate | None:
        """The aggregate opened last for a ceiling."""
        aggregate_id = self._scopes.get(scope)
        return self.aggregates[aggregate_id] if aggregate_id else None

    def folded_into(self, aggregate_id: str) -> Sequence[Case]:
        """The cases that wait for an aggregate's page."""
        return [self.cases[case_id] for case_id in sorted(self._index.folded.get(aggregate_id, ()))]

    def put(self, case: Case) -> None:
        """Keep a case's new state; it is written when the message is done."""
        self._take(case)
        self.dirty[case.case_id] = case

    def put_aggregate(self, aggregate: Aggregate) -> None:
        """Keep an aggregate's new state."""
        self._take_aggregate(aggregate)
        self.dirty_aggregates[aggregate.aggregate_id] = aggregate

    def told_at(self, src: int) -> Sequence[str]:
        """The ids of the cases of which the message at this offset told facts."""
        moved_since = [case_id for case_id in self._moves.since(src) if case_id in self.cases]
        return [one for one in moved_since if any(fact.src == src for fact in self.cases[one].facts)]

    def sweep(self, before_ms: int, src: int) -> None:
        """Forget cases that ended before then with an empty outbox, and aggregates that are done.

        What a message from `src` on has touched is left for the next sweep: that message may be read again.
        """
        old = [case_id for case_id, ended_ms in self._index.ended.items() if ended_ms < before_ms]
        for case_id in old:
            case = self.cases[case_id]
            if not case.outbox and case.src < src:
                self._index.drop(head_of(case))
                del self.cases[case_id]
                self.gone.append(case_id)
        for aggregate in list(self.aggregates.values()):
            done = aggregate.waiting == 0 and aggregate.accepted_page == aggregate.sent_page
            if done and aggregate.opened_ms < before_ms and aggregate.src < src:
                del self.aggregates[aggregate.aggregate_id]
                if self._scopes.get(aggregate.scope) == aggregate.aggregate_id:
                    del self._scopes[aggregate.scope]
                self.gone_aggregates.append(aggregate.aggregate_id)

    def written(self) -> tuple[list[Case], list[Aggregate]]:
        """What the message changed; from here on it counts as written."""
        changed = list(self.dirty.values()), list(self.dirty_aggregates.values())
        self.dirty, self.dirty_aggregates, self.gone, self.gone_aggregates = {}, {}, [], []
        return changed

    def _take(self, case: Case) -> None:
        before = self.cases.get(case.case_id)
        case_id = self._index.add(head_of(case), len(before.fingerprints) if before else 0)
        self.cases[case_id] = case
        self._moves.add(case_id, case.src, self.cases)
        self.last_src = max(self.last_src, case.src)

    def _take_aggregate(self, aggregate: Aggregate) -> None:
        self.aggregates[aggregate.aggregate_id] = aggregate
        current = self._scopes.get(aggregate.scope)
        if current is None or self.aggregates[current].opened_ms <= aggregate.opened_ms:
            self._scopes[aggregate.scope] = aggregate.aggregate_id
