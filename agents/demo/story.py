"""Story: what happened in the pipeline, step by step, read from its own log."""

from collections import Counter
from collections.abc import Iterator, Mapping

from msgspec import Struct

from agents.demo.company import ACCOUNTS
from agents.demo.tale import tell
from agents.gateway.deps import RuleNote
from streams.log.reader import TopicReader
from streams.log.record import Record
from streams.records.codec import from_wire
from streams.records.dead_letter import DeadLetter
from streams.records.fact import Fact, FactKind
from streams.records.intake import Intake
from streams.records.verdict import Action, Verdict, VerdictFrame
from streams.topics import Topic

READ_LIMIT = 500
TONES = {Action.LOG: "", Action.NOTIFY: "wait", Action.ALERT: "bad"}
DECIDED = {
    Action.LOG: "Kept as a searchable record. Nobody is disturbed.",
    Action.NOTIFY: "The engineer is asked in Slack.",
    Action.ALERT: "The security team is paged at once; nobody is asked first.",
}


class Step(Struct, frozen=True):
    """One step. `stage` is the part of the pipeline, `topic` where it was read, `file` what decided it."""

    at_ms: int
    stage: str
    title: str
    text: str
    topic: str
    file: str
    tone: str = ""
    action: str = ""
    rules: list[RuleNote] = []
    case_id: str = ""


class Story:
    """Follows the log's topics from their beginning; `steps` is what has been told so far."""

    def __init__(self, reader: TopicReader, rules: Mapping[str, RuleNote]) -> None:
        self._reader = reader
        self._rules = rules
        self._next: dict[tuple[str, int], int] = {}
        self._facts: set[tuple[str, int]] = set()
        self._rewritten: set[str] = set()
        self.steps: list[Step] = []

    def poll(self) -> list[Step]:
        """The steps that are new, in the order they happened."""
        found = [
            *self._intake(),
            *(step for record in self._new(Topic.VERDICTS) for step in self._judged(record)),
            *(step for record in self._new(Topic.CASE_LOG) for step in self._happened(record)),
            *(_refused(record) for record in self._new(Topic.DEAD_LETTERS)),
        ]
        found.sort(key=lambda step: step.at_ms)
        self.steps.extend(found)
        return found

    def _new(self, topic: str) -> Iterator[Record]:
        for partition in range(self._reader.partitions(topic)):
            place = (topic, partition)
            offset = self._next.get(place, 0)
            for record in self._reader.read(topic, partition, offset, READ_LIMIT):
                self._next[place] = record.offset + 1
                if record.value is not None:
                    yield record

    def _intake(self) -> list[Step]:
        """What a feed brought, in one step a poll."""
        records = list(self._new(Topic.INTAKE))
        counts: Counter[str] = Counter()
        for record in records:
            counts.update(from_wire(Intake, record.value or b"").counts)
        total = sum(counts[name] for name in ("accepted", "unwanted", "dead_letter"))
        if not total:
            return []
        accounts = sorted({ACCOUNTS.get(name.partition(":")[2], "") for name in counts if ":" in name} - {""})
        places = f" from {', '.join(accounts)}" if accounts else ""
        title = f"{_plural(total, 'call')} arrived{places}"
        where = "streams/bridge/sifter.py"
        return [Step(records[0].timestamp_ms, "bridge", title, _sifted(counts), Topic.INTAKE, where)]

    def _judged(self, record: Record) -> list[Step]:
        """One step for each decision among the verdicts of a frame."""
        groups: dict[tuple[Action, str], list[Verdict]] = {}
        for verdict in from_wire(VerdictFrame, record.value or b"").verdicts:
            groups.setdefault((verdict.action, verdict.account or ""), []).append(verdict)
        return [self._decided(record, *key, group) for key, group in groups.items()]

    def _decided(self, record: Record, action: Action, account: str, group: list[Verdict]) -> Step:
        names = Counter(verdict.event_name for verdict in group)
        calls = ", ".join(name if count == 1 else f"{count} {name}" for name, count in names.items())
        ids = sorted({rule for verdict in group for rule in verdict.rules})
        actor = group[0].actor
        who = actor.person or actor.claim or str(actor.kind)
        return Step(
            at_ms=record.timestamp_ms,
            stage="triage",
            title=f"{calls} in {ACCOUNTS.get(account, account)}",
            text=f"By {who} ({actor.why}). {DECIDED[action]}",
            topic=Topic.VERDICTS,
            file="agents/decisions/judge.py",
            tone=TONES[action],
            action=str(action),
            rules=[self._rules.get(rule) or RuleNote(rule, rule) for rule in ids],
        )

    def _happened(self, record: Record) -> list[Step]:
        fact = from_wire(Fact, record.value or b"")
        told = tell(fact, again=fact.case_id in self._rewritten)
        if told is None or (fact.case_id, fact.seq) in self._facts:
            return []
        self._facts.add((fact.case_id, fact.seq))
        if fact.kind is FactKind.UPDATED:
            self._rewritten.add(fact.case_id)
        words = (told.stage, told.title, told.text, Topic.CASE_LOG, told.file, told.tone)
        return [Step(record.timestamp_ms, *words, case_id=fact.case_id)]


def _refused(record: Record) -> Step:
    letter = from_wire(DeadLetter, record.value or b"")
    text = f"{letter.reason}: {letter.detail}"
    where = f"streams/{letter.stage}"
    return Step(record.timestamp_ms, "bridge", "A dead letter", text, Topic.DEAD_LETTERS, where, "bad")


def _sifted(counts: Counter[str]) -> str:
    """What the bridge did with them, in words."""
    if not counts["accepted"]:
        return "No rule can want any of them: they are counted and go no further."
    if not counts["unwanted"]:
        return "A rule can want each of them: they go on, framed, to triage."
    return f"No rule can want {counts['unwanted']} of them; {counts['accepted']} go on, framed, to triage."


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
