"""Tally: what rules that count have counted of the calls of a frame, and of those before it.

A call is known by its fingerprint, so a copy or a redelivery counts once, and is judged by what came before it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from agents.decisions.judge import Policy, context_of
from agents.decisions.rules import Suspects
from agents.decisions.rules.past import MAX_COUNT, Past, PastOf, nothing_before
from streams.records.credential import credential
from streams.records.tally import Mark, Tally

MARK_BYTES = 8
MAX_MARKS = MAX_COUNT + 14
"""More than any condition asks for: where earlier calls had to go, their number is reached all the same."""

Whose = tuple[str, str]
"""The id of a rule and a credential."""


class Kept(Protocol):
    """The tallies of one partition, as they were before the frame."""

    def tally(self, whose: Whose) -> Tally | None:
        """What was counted so far; None: nothing, or it was forgotten."""

    def forgotten_ms(self, rule_id: str) -> int | None:
        """The time of the latest call among the tallies of a rule that had to be forgotten."""


class Tallies:
    """The tallies of a partition while a frame is sorted; `changed` is to be written before anything is sent."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self.changed: dict[Whose, Tally] = {}

    def past(self, credential: str, fingerprint: bytes) -> PastOf:
        """What each rule had counted of the credential before this call."""
        return lambda rule_id: self._before((rule_id, credential), fingerprint[:MARK_BYTES])

    def _before(self, whose: Whose, mark: bytes) -> Past:
        tally = self._tally(whose)
        times: list[int] = []
        for one in tally.marks:
            if one.fingerprint == mark:
                break
            times.append(one.at_ms)
        return Past(tuple(times), tally.forgotten_ms)

    def _tally(self, whose: Whose) -> Tally:
        found = self.changed.get(whose) or self._kept.tally(whose)
        return found if found is not None else Tally([], self._kept.forgotten_ms(whose[0]))

    def take(
        self,
        fields: Mapping[str, Any],
        fingerprint: bytes,
        account: str | None,
        policy: Policy,
        received_ms: int,
        suspects: Suspects | None = None,
    ) -> PastOf:
        """Count a call for the rules that count it, and say what they had counted before.

        `suspects` are the policy's rules that could fire on it, where they are known already.
        """
        if not policy.rules.horizons:
            return nothing_before
        suspects = policy.rules.suspects(fields) if suspects is None else suspects
        if not suspects.may_count:
            return nothing_before  # nor will any rule ask
        context = context_of(fields, policy.directory, received_ms, account)
        if context.actor is not None and context.actor.person is None:
            context = context._replace(actor=None)  # a grant may still tell who it was: unknown counts as holding
        whose = credential(fields, account)
        assert context.at_ms is not None
        self.count(suspects.counting(context), whose, fingerprint, context.at_ms)
        return self.past(whose, fingerprint)

    def count(self, rule_ids: Iterable[str], credential: str, fingerprint: bytes, at_ms: int) -> None:
        """Count a call for each of the rules, once."""
        mark = fingerprint[:MARK_BYTES]
        for rule_id in rule_ids:
            tally = self._tally((rule_id, credential))
            if any(one.fingerprint == mark for one in tally.marks):
                continue
            marks = [*tally.marks, Mark(at_ms, mark)]
            if len(marks) > MAX_MARKS:  # the oldest by its own time: a backfill pushes out no call of today
                marks.remove(min(marks, key=lambda one: one.at_ms))
            self.changed[rule_id, credential] = Tally(marks, tally.forgotten_ms)
