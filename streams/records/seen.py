"""Seen: which notify and alert calls a frame was the first to bring, and what was decided about them."""

from msgspec import Struct

from streams.records.actor import Actor, Asked
from streams.records.call import Feed, FramedCall
from streams.records.grant import Grant
from streams.records.timing import Limits, Timing
from streams.records.verdict import Action, End, Shadow


class Decision(Struct, frozen=True):
    """What triage decided about one call; a redelivery emits it again and never decides it again.

    `rule` is the strongest of `rules`, `risk` its place in a question's order, the riskiest first. A call that
    only rules in shadow fire on has no `rules`. `rules_version` names the rules and people that decided.
    """

    action: Action
    end: End
    rule: str
    risk: int
    rules: list[str]
    actor: Actor
    asked: Asked | None
    unaskable: str | None
    why: str
    group_by: list[str]
    timing: Timing
    limits: Limits
    guard: bool
    late: bool
    observe: bool
    shadow: list[Shadow] = []
    rules_version: str = ""


class Wait(Struct, frozen=True):
    """That a call waits for a grant: of which key, and until when (epoch milliseconds UTC of the log's clock)."""

    key: str
    until_ms: int


class SeenCall(Struct, frozen=True, omit_defaults=True):
    """One call: its fingerprint (32 raw bytes), and its decision or its wait; both where only its grants wait.

    `decision` is None where no rule fires. `grants` are what it says of sessions. `waited_at` is the position
    where a call waited that was decided here, by a grant or by the timer.
    """

    fingerprint: bytes
    decision: Decision | None = None
    grants: list[Grant] = []
    wait: Wait | None = None
    waited_at: int | None = None

    @property
    def to_keep(self) -> bool:
        """Whether it needs an entry; a call that is only logged has its fingerprint as id, and needs none."""
        return self.wait is not None or (self.decision is not None and self.decision.action is not Action.LOG)


class WaitingCall(Struct, frozen=True):
    """A call that waits, whole: it is decided from this when its wait is over.

    With `decided` it was decided when it came, and only what it says of the session that it issued waits.
    """

    call: FramedCall
    feed: Feed
    rules_version: str
    decided: bool = False


class SeenEntry(Struct, frozen=True):
    """The `seen` entry of one frame, or of a part of it: entries are split below 64 KB.

    `position` is the frame's offset on `calls`, in the entry's partition; `received_ms` the oldest of its calls;
    `rules_version` what its bridge filtered by.
    """

    position: int
    part: int
    received_ms: int
    rules_version: str
    calls: list[SeenCall]
    v: int = 1
