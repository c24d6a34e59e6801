"""A partition of cases driven by hand: commands in, at a log time; facts, effects and states out."""

import hashlib

from agents.decisions.case.emit import Effect
from agents.decisions.case.reduce import Reduction
from streams.records.actor import Actor, ActorKind, Asked, Confidence, actor_key
from streams.records.call import Outcome
from streams.records.case import Case
from streams.records.codec import to_entry
from streams.records.command import Answered, CallCommand, Command, Due
from streams.records.effect import Poll, Prompt, Push
from streams.records.fact import Fact
from streams.records.seen import Decision
from streams.records.summary import CallSummary
from streams.records.timing import Limits, Timing
from streams.records.verdict import Action, End
from tables.case_shelf import CaseShelf

ADA = Asked("ada", "Ada", "U0ADA", "ada")
GRACE = Asked("grace", "Grace", "U0GRACE", "grace")
T0 = 1_700_000_000_000


def actor_of(asked: Asked | None) -> Actor:
    """The actor a person's own IAM user makes, or an unknown one."""
    if asked is None:
        return Actor(ActorKind.UNKNOWN, None, "someone", Confidence.LOW, "a bare session name", "111122223333")
    return Actor(
        ActorKind.PERSON, asked.person, asked.person, Confidence.HIGH, "their own IAM user", "111122223333"
    )


def call(
    number: int,
    asked: Asked | None = ADA,
    action: Action = Action.NOTIFY,
    *,
    rule: str = "iam.create-user",
    name: str = "CreateUser",
    account: str = "111122223333",
    source: str = "198.51.100.7",
    unaskable: str | None = None,
    timing: Timing | None = None,
    limits: Limits | None = None,
    guard: bool = False,
    observe: bool = False,
) -> CallCommand:
    """The command of the call of that number: its fingerprint follows from the number alone."""
    actor = actor_of(asked)
    decision = Decision(
        action=action,
        end=End.CASE,
        rule=rule,
        risk=5,
        rules=[rule],
        actor=actor,
        asked=asked,
        unaskable=unaskable if asked else "unattributed",
        why="because",
        group_by=[],
        timing=timing or Timing(),
        limits=limits or Limits(),
        guard=guard,
        late=False,
        observe=observe,
    )
    summary = CallSummary(
        fingerprint=fingerprint(number),
        rule=rule,
        event_source="iam.amazonaws.com",
        event_name=name,
        account=account,
        outcome=Outcome.OK,
        risk=5,
        source=source,
        received_ms=T0,
    )
    return CallCommand(actor_key(actor, asked), decision, T0, summary)


def fingerprint(number: int) -> bytes:
    """32 bytes that stand for a call."""
    return hashlib.sha256(b"%d" % number).digest()


class Partition:
    """One partition: `entries` are what a worker that dies leaves behind."""

    def __init__(self, partitions: int = 1) -> None:
        self.shelf = CaseShelf(0, partitions)
        self.partitions = partitions
        self.entries: dict[str, bytes] = {}
        self.offset = -1
        self.now_ms = T0
        self.facts: list[Fact] = []
        self.effects: list[Effect] = []
        self.log: list[tuple[int, int, list[Command]]] = []

    def send(self, *commands: Command, after_ms: int = 0) -> list[Effect]:
        """Append one message and apply it; returns the effects it caused."""
        self.now_ms += after_ms
        self.offset += 1
        self.log.append((self.offset, self.now_ms, list(commands)))
        return self.apply(self.offset, self.now_ms, list(commands))

    def apply(self, offset: int, now_ms: int, commands: list[Command]) -> list[Effect]:
        """Apply a message, maybe once more."""
        reduction = Reduction(self.shelf, offset, now_ms)
        reduction.run(commands)
        assert not reduction.broken, reduction.broken
        for case in self.shelf.dirty.values():
            self.entries[case.case_id] = to_entry(case)
        for case_id in self.shelf.gone:
            del self.entries[case_id]
        self.shelf.written()
        effects = reduction.effects()
        self.facts += reduction.facts()
        self.effects += effects
        return effects

    def restart(self) -> None:
        """Lose the memory and recover it from the entries; aggregates are carried over as they are."""
        aggregates = {name.encode(): to_entry(one) for name, one in self.shelf.aggregates.items()}
        self.shelf = CaseShelf(0, self.partitions)
        self.shelf.load({case_id.encode(): entry for case_id, entry in self.entries.items()})
        self.shelf.load_aggregates(aggregates)

    def due(self, case_id: str, effect: str | None = None, after_ms: int = 0) -> list[Effect]:
        """A timer's word on a case."""
        return self.send(Due(case_id, 0, 0, effect), after_ms=after_ms)

    def only(self) -> Case:
        """The one case there is."""
        (case,) = self.shelf.cases.values()
        return case

    def case(self, case_id: str) -> Case:
        """A case by id."""
        return self.shelf.cases[case_id]


def click(prompt: Prompt, answer: str, user: str | None = None, digest: str | None = None) -> Answered:
    """A click on the question that a prompt effect asked."""
    return Answered(
        case_id=prompt.case_id,
        digest=digest or prompt.question.digest,
        answer=answer,
        user_id=user or prompt.slack_user,
        team_id="T1",
        app_id="A1",
        channel="D1",
        message_ts="1.1",
        action_ts="2.1",
    )


def of(kind: type[Prompt] | type[Push] | type[Poll], effects: list[Effect]) -> list[Effect]:
    """The effects of a kind."""
    return [effect for effect in effects if isinstance(effect, kind)]
