"""Triage: the agent that sorts calls; it decides each call once and does no I/O."""

from collections import Counter, defaultdict
from collections.abc import Callable

from agents.command_frames import framed
from agents.decisions.grants import add_grant
from agents.decisions.judge import Policy
from agents.decisions.tally import Tallies
from agents.decisions.triage import Broken, Sorting, sort_frame, wanted_of
from agents.decisions.waiting import Waited, settle, settled_again
from agents.metrics import CALLS, DECISION_FAULTS, SESSIONS_DROPPED
from agents.refusals import DECISION_FAILED, UNREADABLE, Refusal, refused
from agents.sessions import contradicted, grant_frames
from streams.envelopes.scan import named_pairs, spelled
from streams.records.beat import Beat
from streams.records.call import CallFrame, SeenSweep, WaitOver
from streams.records.call_frame import call_message
from streams.records.codec import to_wire
from streams.records.command import CommandFrame
from streams.records.grant import GrantFrame, Session
from streams.records.packed import is_packed, is_whole
from streams.records.seen import SeenCall
from streams.records.verdict import Action, Verdict, VerdictFrame
from streams.shell.message import Message, Send
from streams.topics import Topic
from tables.seen import SeenTable
from tables.sessions import SessionsTable
from tables.tallies import TallyTable

ASKS = frozenset({Action.NOTIFY, Action.ALERT})
ANYTHING = spelled((None, None))
MAX_VERDICTS = 500
MAX_VERDICT_BYTES = 512_000
"""Keeps every message below Kafka's default of 1 MB."""
MAX_SETTLED = 500
"""How many calls one message of the timer settles; the next one goes on."""


class Triage:
    """Sorts the frames of its partitions; `policy` is asked at each message, for rules may change in between.

    `told` holds the partitions whose last word from the timers about waits is not handled yet.
    """

    name = "triage"
    topic = Topic.CALLS

    def __init__(
        self,
        table: SeenTable,
        sessions: SessionsTable,
        policy: Callable[[], Policy],
        partitions: int,
        tallies: TallyTable,
    ) -> None:
        self.stamped: Callable[[str], None] = lambda _version: None
        self._table = table
        self._sessions = sessions
        self._policy = policy
        self._partitions = partitions
        self._tallies = tallies
        self.told: set[int] = set()

    def handle(self, message: Message) -> list[Send]:
        """Handle one message; what is new in it is remembered before any of it is sent."""
        held = self._table.shelf(message.partition).held(message.offset)
        try:
            record = call_message(message.value, wanted_of(self._policy()), held)
        except UNREADABLE as fault:
            return self._refused(message, [self._unreadable(fault, message.value)])
        self._table.forget_settled(message.partition, message.offset)
        match record:
            case CallFrame():
                return self._sort(message, record)
            case GrantFrame():
                return self._grants(message, record)
            case WaitOver():
                return self._waits_over(message)
            case SeenSweep():
                self._table.sweep(message.partition, record.before_ms)
                self._forget(message)
                return []
            case Beat():
                passed = to_wire(CommandFrame([], beat=record))
                return [Send(Topic.COMMANDS, message.key, passed, message.partition)]

    def waits_until(self) -> dict[int, int]:
        """When the next wait of each partition is over (epoch milliseconds of the log's clock)."""
        ahead = {one: self._table.shelf(one).waits.next_ms() for one in self._table.partitions()}
        return {partition: until_ms for partition, until_ms in ahead.items() if until_ms is not None}

    def waiting(self, partition: int) -> int:
        """How many calls of a partition wait for a grant."""
        return len(self._table.shelf(partition).waits)

    def _sort(self, message: Message, frame: CallFrame) -> list[Send]:
        self.stamped(frame.rules_version)
        partition = message.partition
        shelf = self._table.shelf(partition)

        def session(key: str) -> Session | None:
            return self._sessions.get(partition, key)

        policy, tallies = self._policy(), Tallies(self._tallies.shelf(partition))
        sorting = sort_frame(frame, message.offset, shelf, policy, session, message.timestamp_ms, tallies)
        received_ms = min((call.received_ms for call in frame.calls), default=message.timestamp_ms)
        self._table.remember(
            partition, message.offset, received_ms, frame.rules_version, sorting.fresh, sorting.waiting
        )
        self._tallies.write(partition, tallies.changed, policy.rules.horizons)
        return self._told(message, sorting)

    def _forget(self, message: Message) -> None:
        policy, partition = self._policy(), message.partition
        before_ms = message.timestamp_ms - policy.lateness_ms  # what comes late still asks for it
        self._sessions.sweep(partition, before_ms)
        self._tallies.sweep(partition, before_ms, policy.rules.horizons)

    def _grants(self, message: Message, frame: GrantFrame) -> list[Send]:
        """Take grants in, and decide about the calls that waited for them; each session is written once."""
        partition = message.partition
        touched: dict[str, Session] = {}
        for grant in frame.grants:
            known = touched.get(grant.key) or self._sessions.get(partition, grant.key)
            touched[grant.key] = add_grant(known, grant)
        for session in touched.values():
            SESSIONS_DROPPED.inc(self._sessions.put(partition, session))
        waits = self._table.shelf(partition).waits
        marks = [mark for key in touched for mark in waits.of_key(key)]
        sends = self._settle(message, marks, touched, over=False)
        return sends + contradicted(message, touched.values(), self._partitions)

    def _waits_over(self, message: Message) -> list[Send]:
        self.told.discard(message.partition)
        marks = self._table.shelf(message.partition).waits.over(message.timestamp_ms, MAX_SETTLED)
        return self._settle(message, marks, {}, over=True)

    def _settle(
        self, message: Message, marks: list[bytes], touched: dict[str, Session], *, over: bool
    ) -> list[Send]:
        """Decide about calls that waited, after what this message decided when it came before."""
        partition, policy = message.partition, self._policy()
        shelf = self._table.shelf(partition)
        held = {mark: seen for mark, seen in shelf.held(message.offset).items() if seen.waited_at is not None}
        again = settled_again(held, self._waited(partition, _waited_at(held)), policy)

        def session(key: str) -> Session | None:
            return touched.get(key) or self._sessions.get(partition, key)

        places = {mark: shelf.waits.position(mark) for mark in marks}
        tallies = Tallies(self._tallies.shelf(partition))
        waited = self._waited(partition, places)
        fresh = settle(waited, policy, session, tallies, over=over)
        # Never forgotten before the entries that say that these calls wait: a bridge's clock may be ahead.
        received_ms = max((one.call.call.received_ms for one in waited), default=0)
        at_ms = max(message.timestamp_ms, received_ms)
        self._table.remember(partition, message.offset, at_ms, policy.version, fresh.fresh)
        self._tallies.write(partition, tallies.changed, policy.rules.horizons)
        return self._told(message, again) + self._told(message, fresh)

    def _waited(self, partition: int, places: dict[bytes, int | None]) -> list[Waited]:
        shelf = self._table.shelf(partition)
        found = []
        for mark, position in places.items():
            call = shelf.waiting(position, mark) if position is not None else None
            if position is not None and call is not None:
                found.append(Waited(mark, position, call))
        return found

    def _told(self, message: Message, sorting: Sorting) -> list[Send]:
        """Everything that a sorting has to tell: verdicts, commands, grants, and what broke."""
        _count(sorting)
        sends = _verdicts(message, [one.verdict for one in sorting.calls])
        sends += framed((one.command for one in sorting.calls if one.command is not None), self._partitions)
        sends += grant_frames(sorting.grants, self._partitions)
        by_place: defaultdict[int, list[Refusal]] = defaultdict(list)
        for broken in sorting.broken:
            place = message.offset if broken.waited_at is None else broken.waited_at
            by_place[place].append(self._broken(broken))
        for offset, refusals in by_place.items():  # a dead letter names where its call came
            sends += self._refused(message._replace(offset=offset), refusals)
        DECISION_FAULTS.labels(agent=self.name).inc(len(sorting.broken))
        return sends

    def _broken(self, broken: Broken) -> Refusal:
        return self._refusal(DECISION_FAILED, broken.fault, broken.trace, broken.call.record)

    def _unreadable(self, fault: Exception, body: bytes) -> Refusal:
        """A message that cannot be read; of a frame that does not come out whole nobody knows what is missing."""
        refusal = self._refusal("unreadable_frame", type(fault).__name__, str(fault), body)
        if not is_packed(body) or is_whole(body):
            return refusal
        return refusal._replace(names=[*refusal.names, ANYTHING], guarded=[*refusal.guarded, ANYTHING])

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


def _waited_at(held: dict[bytes, SeenCall]) -> dict[bytes, int | None]:
    return {mark: seen.waited_at for mark, seen in held.items()}


def _count(sorting: Sorting) -> None:
    for action, number in Counter(one.verdict.action for one in sorting.calls).items():
        CALLS.labels(outcome=str(action)).inc(number)
    CALLS.labels(outcome="duplicate").inc(sorting.duplicates)
    CALLS.labels(outcome="unwanted").inc(sorting.unwanted)
    CALLS.labels(outcome="waiting").inc(sorting.waits)
    CALLS.labels(outcome="dead_letter").inc(len(sorting.broken))
