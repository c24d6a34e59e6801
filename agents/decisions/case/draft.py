"""Draft: a case in the middle of a transition; it collects the facts and the intents the transition makes."""

from typing import Any

import msgspec

from agents.decisions.case.collect import add_call
from streams.records.case import Case, CaseState, EffectKind, OutboxItem
from streams.records.fact import Fact, FactKind
from streams.records.summary import CallSummary

KEPT_SOURCES = 20
"""How many distinct commands' facts a case keeps for replays: more than the shell has frames in flight (16)."""


class Draft:
    """One case, changed by one command at log time `now_ms` and offset `src`.

    Facts get the next seq each. `fresh` lists the effects intended here, to be emitted once the case is durable.
    """

    def __init__(self, case: Case, now_ms: int, src: int) -> None:
        self.before = case
        self.case = msgspec.structs.replace(case, src=max(case.src, src))
        self.now_ms = now_ms
        self.src = src
        self.facts: list[Fact] = []
        self.fresh: list[OutboxItem] = []
        self._untouched = self.case
        self._added = 0

    @property
    def changed(self) -> bool:
        """Whether the command did anything to the case."""
        return self.case is not self._untouched

    def snapshot(self) -> tuple[Any, ...]:
        """What `restore` needs to forget a command that broke halfway."""
        return self.case, list(self.facts), list(self.fresh), self._added

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        """Go back to a snapshot."""
        self.case, self.facts, self.fresh, self._added = snapshot

    def add_call(self, summary: CallSummary) -> None:
        """Take a call in; one fact tells of all that one message brought."""
        self.case = add_call(self.case, summary)
        self._added += 1

    def tell_added(self) -> None:
        """Record the calls taken in since the last fact: "opened" when they are the first."""
        if self._added == 0:
            return
        added, self._added = self._added, 0
        first = self.case.seq == 0
        data: dict[str, Any] = {"count": added, "total": len(self.case.fingerprints) // 32}
        if first:
            data |= {
                "rules": self.case.rules,
                "kind": str(self.case.kind),
                "actor": self.case.actor.claim or str(self.case.actor.kind),
            }
            data |= {"why": self.case.actor.why, "account": self.case.account}
        self._record(FactKind.OPENED if first else FactKind.CALLS_ADDED, data)

    def change(self, **changes: Any) -> None:
        """Set fields of the case."""
        self.case = msgspec.structs.replace(self.case, **changes)

    def fact(self, kind: FactKind, **data: Any) -> None:
        """Record that something happened; `data` holds what an auditor will want, None left out."""
        self.tell_added()
        self._record(kind, {key: value for key, value in data.items() if value is not None})

    def _record(self, kind: FactKind, data: dict[str, Any]) -> None:
        seq = self.case.seq + 1
        fact = Fact(self.case.case_id, seq, self.now_ms, kind, self.src, self.case.actor_key, data)
        self.facts.append(fact)
        self.change(seq=seq, facts=_recent([*self.case.facts, fact]))

    def intend(self, kind: EffectKind, attempt: int, not_after_ms: int | None = None) -> None:
        """Put an effect into the outbox; the same (kind, attempt) twice is one."""
        if self.pending(kind, attempt):
            return
        item = OutboxItem(kind, attempt, self.now_ms, not_after_ms)
        self.fresh.append(item)
        self.change(outbox=[*self.case.outbox, item])

    def settle(self, *kinds: EffectKind, attempt: int | None = None) -> None:
        """Take effects out of the outbox: their result came, or they are wanted no more."""

        def stays(item: OutboxItem) -> bool:
            return item.kind not in kinds or (attempt is not None and item.attempt != attempt)

        left = [item for item in self.case.outbox if stays(item)]
        if len(left) < len(self.case.outbox):
            self.change(outbox=left)
            self.fresh = [item for item in self.fresh if stays(item)]

    def pending(self, kind: EffectKind, attempt: int | None = None) -> bool:
        """Whether such an effect is in the outbox."""
        return any(item.kind == kind and attempt in (None, item.attempt) for item in self.case.outbox)

    def end(self, state: CaseState) -> None:
        """Reach an end: it does not change any more, and no deadline is left."""
        self.change(state=state, ended_ms=self.now_ms, deadline_ms=None)


def _recent(facts: list[Fact]) -> list[Fact]:
    """The facts of the last commands; older ones cannot be replayed, for they were acknowledged."""
    sources = sorted({fact.src for fact in facts})[-KEPT_SOURCES:]
    return [fact for fact in facts if fact.src >= sources[0]]
