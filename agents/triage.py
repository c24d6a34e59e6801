"""Triage: the agent that sorts calls; it decides each call once and does no I/O."""

from collections import defaultdict
from collections.abc import Callable

from agents.decisions.judge import Policy
from agents.decisions.tally import Tallies
from agents.decisions.triage import Sorting, sort_frame
from agents.metrics import CALLS, DECISION_FAULTS
from agents.refusals import DECISION_FAILED, UNREADABLE, Refusal, refused
from streams.envelopes.scan import named_pairs, spelled
from streams.partitioner import partition_of
from streams.records.beat import Beat
from streams.records.call import CallFrame, CallMessage, SeenSweep
from streams.records.codec import from_wire, to_wire
from streams.records.command import CallCommand, Command, CommandFrame
from streams.records.verdict import Action, Verdict, VerdictFrame
from streams.shell.message import Message, Send
from streams.topics import Topic
from tables.seen import SeenTable
from tables.tallies import TallyTable

ASKS = frozenset({Action.NOTIFY, Action.ALERT})
MAX_VERDICTS = 500
MAX_VERDICT_BYTES = 512_000
MAX_COMMANDS = 500
"""Keeps every message below Kafka's default of 1 MB."""


class Triage:
    """Sorts the frames of its partitions; `policy` is asked at each frame, for rules may change in between."""

    name = "triage"
    topic = Topic.CALLS

    def __init__(
        self, table: SeenTable, policy: Callable[[], Policy], partitions: int, tallies: TallyTable
    ) -> None:
        self.stamped: Callable[[str], None] = lambda _version: None
        self._table = table
        self._policy = policy
        self._partitions = partitions
        self._tallies = tallies

    def handle(self, message: Message) -> list[Send]:
        """Sort one frame; what is new in it is remembered before any of it is sent."""
        try:
            record: CallMessage = from_wire(CallMessage, message.value)  # type: ignore[arg-type]  # mypy: a union is no type
        except UNREADABLE as fault:
            broken = self._refusal("unreadable_frame", type(fault).__name__, str(fault), message.value)
            return self._refused(message, [broken])
        if isinstance(record, SeenSweep):
            self._table.sweep(message.partition, record.before_ms)
            self._tallies.sweep(message.partition, message.timestamp_ms, self._policy().rules.horizons)
            return []
        if isinstance(record, Beat):
            return [Send(Topic.COMMANDS, message.key, to_wire(CommandFrame([], beat=record)), message.partition)]
        return self._sort(message, record)

    def _sort(self, message: Message, frame: CallFrame) -> list[Send]:
        self.stamped(frame.rules_version)
        policy = self._policy()
        tallies = Tallies(self._tallies.shelf(message.partition))
        sorting = sort_frame(frame, message.offset, self._table.shelf(message.partition), policy, tallies)
        received_ms = min((call.received_ms for call in frame.calls), default=message.timestamp_ms)
        self._table.remember(message.partition, message.offset, received_ms, frame.rules_version, sorting.fresh)
        self._tallies.write(message.partition, tallies.changed, policy.rules.horizons)
        _count(sorting)
        sends = _verdicts(message, [one.verdict for one in sorting.calls])
        sends += self._commands([one.command for one in sorting.calls if one.command is not None])
        refusals = [
            self._refusal(DECISION_FAILED, broken.fault, broken.trace, bytes(broken.call.record))
            for broken in sorting.broken
        ]
        DECISION_FAULTS.labels(agent=self.name).inc(len(refusals))
        return sends + self._refused(message, refusals)

    def _commands(self, commands: list[CallCommand]) -> list[Send]:
        """Command frames, one partition each, in the order of the calls."""
        by_partition: defaultdict[int, list[CallCommand]] = defaultdict(list)
        for command in commands:
            by_partition[partition_of(command.actor_key.encode(), self._partitions)].append(command)
        sends = []
        for partition, batch in by_partition.items():
            for at in range(0, len(batch), MAX_COMMANDS):
                piece: list[Command] = list(batch[at : at + MAX_COMMANDS])
                key = batch[at].actor_key.encode()
                sends.append(Send(Topic.COMMANDS, key, to_wire(CommandFrame(piece)), partition))
        return sends

    def _refusal(self, reason: str, fault: str, trace: str, body: bytes) -> Refusal:
        """What could not be judged, with the sensitive calls that a scan of it finds."""
        rules = self._policy().rules
        pairs = [pair for pair in named_pairs(body) if rules.named(*pair) in ASKS]
        guarded = [pair for pair in pairs if rules.named(*pair, guards=True) in ASKS]
        return Refusal(reason, fault, trace, body, sorted(map(spelled, pairs)), sorted(map(spelled, guarded)))

    def _refused(self, message: Message, refusals: list[Refusal]) -> list[Send]:
        return refused(message, self.name, refusals, partitions=self._partitions)


def _verdicts(message: Message, verdicts: list[Verdict]) -> list[Send]:
    """Verdict frames for the archivist, in the partition of their calls."""
    sends: list[Send] = []
    piece: list[Verdict] = []
    room = MAX_VERDICT_BYTES
    for verdict in verdicts:
        if piece and (len(piece) >= MAX_VERDICTS or len(verdict.record) > room):
            sends.append(_verdict_frame(message, piece))
            piece, room = [], MAX_VERDICT_BYTES
        piece.append(verdict)
        room -= len(verdict.record)
    return [*sends, _verdict_frame(message, piece)] if piece else sends


def _verdict_frame(message: Message, verdicts: list[Verdict]) -> Send:
    return Send(Topic.VERDICTS, message.key, to_wire(VerdictFrame(verdicts)), message.partition)


def _count(sorting: Sorting) -> None:
    for one in sorting.calls:
        CALLS.labels(outcome=str(one.verdict.action)).inc()
    CALLS.labels(outcome="duplicate").inc(sorting.duplicates)
    CALLS.labels(outcome="unwanted").inc(sorting.unwanted)
    CALLS.labels(outcome="dead_letter").inc(len(sorting.broken))
