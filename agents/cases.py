"""Cases: the agent that owns the verification tracking; it decides and does no I/O."""

from collections.abc import Iterable, Sequence
from functools import partial

from agents.decisions.case.due import next_wake_ms, wakes
from agents.decisions.case.emit import Effect
from agents.decisions.case.fold import PAGE_EVERY_MS
from agents.decisions.case.reduce import AGGREGATE, Broken, Reduction
from agents.metrics import CASES_ENDED, DECISION_FAULTS, FACTS
from agents.refusals import DECISION_FAILED, UNREADABLE, Refusal, refused
from streams.records.aggregate import Aggregate
from streams.records.case_head import AnyCase, CaseHead
from streams.records.codec import from_wire, to_wire
from streams.records.command import CallCommand, CommandFrame, Incident
from streams.records.effect import Page, Poll, Push
from streams.records.fact import Fact, FactKind
from streams.records.timing import Limits
from streams.shell.message import Message, Send
from streams.topics import Topic
from tables.cases import CasesTable
from tables.deadlines import Ahead, Deadlines

TIMER_KEY = b"timer"
"""The key of what timers send: dues of a partition, which only its owner can judge."""
REPAGE_MS = 5_000
_ENDS = {FactKind.VERIFIED, FactKind.PAGED, FactKind.REPORTED}


class Cases:
    """Applies commands to the cases of its partitions.

    `limits` are the ceilings for the pipeline's own incidents; a call's come with its decision. `deadlines` is
    what the timers read: one heap for each partition that is ours. `told` holds the partitions whose last word
    from the timers is not handled yet.
    """

    name = "cases"
    topic = Topic.COMMANDS

    def __init__(self, table: CasesTable, *, limits: Limits, observe: bool = False) -> None:
        self._table = table
        self._limits = limits
        self._observe = observe
        self.deadlines: dict[int, Deadlines] = {}
        self.told: set[int] = set()
        table.on_loaded = self._loaded
        table.on_dropped = self._dropped

    def handle(self, message: Message) -> list[Send]:
        """Apply one message: one write a touched case, then its facts and effects."""
        partition = message.partition
        if message.key == TIMER_KEY:
            self.told.discard(partition)
        shelf = self._table.shelf(partition)
        try:
            frame = from_wire(CommandFrame, message.value)
        except UNREADABLE as fault:
            return self._refused(
                message, [Refusal("unreadable_command", type(fault).__name__, str(fault), message.value)]
            )
        if frame.beat is not None:
            return [Send(Topic.HEARTBEATS, frame.beat.worker.encode(), to_wire(frame.beat), partition)]
        reduction = Reduction(
            shelf, message.offset, message.timestamp_ms, limits=self._limits, observe=self._observe
        )
        reduction.run(frame.commands)
        cases, aggregates = self._table.write(shelf)
        self._remind(partition, cases, aggregates)
        sends = [_fact(fact, partition) for fact in reduction.facts()]
        sends += [_effect(effect, partition) for effect in reduction.effects()]
        DECISION_FAULTS.labels(agent=self.name).inc(len(reduction.broken))
        return sends + self._refused(message, [_refusal(broken) for broken in reduction.broken])

    def seq_of(self, partition: int, case_id: str) -> int:
        """The seq of a case, 0 where there is none."""
        case = self._table.shelf(partition).get(case_id)
        return case.seq if case else 0

    def _refused(self, message: Message, refusals: list[Refusal]) -> list[Send]:
        return refused(message, self.name, refusals, partitions=self._table.partitions)

    def _loaded(self, partition: int, cases: Iterable[CaseHead], aggregates: Sequence[Aggregate]) -> None:
        heap = self.deadlines[partition] = Deadlines(partial(self._ahead, partition))
        self.told.discard(partition)
        heap.load((case.case_id, next_wake_ms(case)) for case in cases)
        for one in aggregates:
            heap.update(one.aggregate_id, _aggregate_wakes(one))

    def _ahead(self, partition: int, subject: str) -> list[Ahead]:
        """What lies ahead of a case or an aggregate, as it stands now."""
        shelf = self._table.shelf(partition)
        aggregate, case = shelf.aggregate(subject), shelf.peek(subject)
        return _aggregate_wakes(aggregate) if aggregate else [*wakes(case)] if case else []

    def _dropped(self, partition: int) -> None:
        """Somebody else's now: its timers are theirs."""
        self.deadlines.pop(partition, None)
        self.told.discard(partition)

    def _remind(self, partition: int, cases: Iterable[AnyCase], aggregates: Sequence[Aggregate]) -> None:
        heap = self.deadlines.get(partition)
        if heap is None:  # handled while the partition went away: its owner reminds itself
            return
        for case in cases:
            heap.update(case.case_id, wakes(case))
        for aggregate in aggregates:
            heap.update(aggregate.aggregate_id, _aggregate_wakes(aggregate))


def _refusal(broken: Broken) -> Refusal:
    command, names = broken.command, list[str]()
    guard = False
    if isinstance(command, CallCommand):
        names = [f"{command.summary.event_source}:{command.summary.event_name}"]
        guard = command.decision.guard
    return Refusal(
        DECISION_FAILED,
        broken.fault,
        broken.trace,
        to_wire(CommandFrame([command])),
        names,
        guarded=names if guard else [],
        # An incident about a decision that broke, and that breaks one itself, would page about itself for ever.
        pages=not (isinstance(command, Incident) and command.kind == DECISION_FAILED),
    )


def _aggregate_wakes(aggregate: Aggregate) -> list[Ahead]:
    """An aggregate is looked at while calls wait for its next page, or a page of it for its 202."""
    if aggregate.waiting or aggregate.sent_page > aggregate.accepted_page:
        sent_ms = aggregate.sent_ms if aggregate.sent_ms is not None else aggregate.opened_ms
        return [(sent_ms + (PAGE_EVERY_MS if aggregate.waiting else REPAGE_MS), AGGREGATE)]
    return []


def _fact(fact: Fact, partition: int) -> Send:
    FACTS.labels(kind=str(fact.kind)).inc()
    if fact.kind in _ENDS:
        CASES_ENDED.labels(end=str(fact.kind)).inc()
    return Send(Topic.CASE_LOG, fact.actor_key.encode(), to_wire(fact), partition)


def _effect(effect: Effect, partition: int) -> Send:
    if isinstance(effect, Page):
        topic = Topic.EFFECTS_PAGE
    elif isinstance(effect, Push | Poll):
        topic = Topic.EFFECTS_DUO
    else:
        topic = Topic.EFFECTS_SLACK
    return Send(topic, effect.actor_key.encode(), to_wire(effect), partition)
