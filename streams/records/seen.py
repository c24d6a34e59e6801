"""Seen: which notify and alert calls a frame was the first to bring, and what was decided about them."""

from msgspec import Struct

from streams.records.actor import Actor, Asked
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


class SeenCall(Struct, frozen=True):
    """One call of a frame: its fingerprint (32 raw bytes) and its decision."""

    fingerprint: bytes
    decision: Decision


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
