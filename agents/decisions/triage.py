"""Triage: one frame of calls into verdicts and commands, each call decided once."""

import traceback
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import msgspec

from agents.decisions.judge import Policy, judge
from agents.decisions.rules.past import PastOf, nothing_before
from agents.decisions.summary import summarise
from agents.decisions.tally import Tallies
from agents.decisions.times import event_time_ms
from streams.records.account import account_of
from streams.records.actor import actor_key
from streams.records.call import CallFrame, Feed, FramedCall
from streams.records.command import CallCommand
from streams.records.fingerprint import fingerprint
from streams.records.seen import Decision, SeenCall
from streams.records.verdict import Action, End, Verdict


class SeenBefore(Protocol):
    """What triage remembers of one partition."""

    def held(self, position: int) -> Mapping[bytes, Decision]:
        """The decisions that the entry of this frame holds: they are emitted again, never decided again."""

    def first(self, fingerprint: bytes) -> tuple[int, End] | None:
        """The position that brought a call first, and what end it was given there."""


class Sorted(NamedTuple):
    """One call of a frame with its decision; `command` is None where no case is needed."""

    verdict: Verdict
    command: CallCommand | None


class Broken(NamedTuple):
    """A record that decoding or a decision could not take: a planned dead letter.

    `fault` is the name of the exception's type.
    """

    call: FramedCall
    fault: str
    trace: str


class Sorting(NamedTuple):
    """What became of a frame: `fresh` is to be remembered before anything of `calls` is sent."""

    calls: list[Sorted]
    fresh: list[SeenCall]
    duplicates: int
    unwanted: int
    broken: list[Broken]


_decode = msgspec.json.Decoder().decode


def sort_frame(
    frame: CallFrame, position: int, seen: SeenBefore, policy: Policy, tallies: Tallies | None = None
) -> Sorting:
    """Sort the calls of the frame at `position`; the same frame, entries and policy give the same sorting.

    What rules that count have counted is left in `tallies`; without them every call is the first of its kind.
    """
    sorting = Sorting([], [], 0, 0, [])
    held = seen.held(position)
    here: dict[bytes, End] = {}
    duplicates = unwanted = 0
    for call in frame.calls:
        try:
            fields = _decode(call.record)
            mark = fingerprint(fields)
            if _covered(here.get(mark) or _end_elsewhere(seen, mark, position, held), frame.feeds[call.feed]):
                duplicates += 1
                continue
            past = _past(fields, call, mark, policy, tallies)
            decision, fresh = _decision(fields, call, frame, held.get(mark), policy, past)
            if decision is None:
                unwanted += 1
                continue
            one = _sorted(fields, call, frame, mark, decision)
        except Exception as error:  # noqa: BLE001 - whatever a record makes us raise is its own dead letter (I14)
            sorting.broken.append(Broken(call, type(error).__name__, traceback.format_exc(limit=8)))
            continue
        here[mark] = decision.end
        sorting.calls.append(one)
        if fresh and decision.action is not Action.LOG:
            sorting.fresh.append(SeenCall(mark, decision))
    return sorting._replace(duplicates=duplicates, unwanted=unwanted)


def _past(
    fields: Mapping[str, Any], call: FramedCall, mark: bytes, policy: Policy, tallies: Tallies | None
) -> PastOf:
    if tallies is None:
        return nothing_before
    return tallies.take(fields, mark, account_of(fields, call.account), policy, call.received_ms)


def _end_elsewhere(seen: SeenBefore, mark: bytes, position: int, held: Mapping[bytes, Decision]) -> End | None:
    """The end that another frame gave this call before this one did, if any did."""
    first = seen.first(mark)
    return None if first is None or first[0] == position or mark in held else first[1]


def _covered(end: End | None, feed: Feed) -> bool:
    """Whether a copy of a call with that end adds nothing; a live copy of one that was only reported does."""
    return end is not None and (end is not End.REPORTED or feed.backfill)


def _decision(
    fields: Mapping[str, Any],
    call: FramedCall,
    frame: CallFrame,
    held: Decision | None,
    policy: Policy,
    past: PastOf,
) -> tuple[Decision | None, bool]:
    if held is not None:
        return held, False
    backfill = frame.feeds[call.feed].backfill
    account = account_of(fields, call.account)
    judged = judge(
        fields, account=account, policy=policy, received_ms=call.received_ms, backfill=backfill, past=past
    )
    return judged.decision, True


def _sorted(
    fields: Mapping[str, Any], call: FramedCall, frame: CallFrame, mark: bytes, decision: Decision
) -> Sorted:
    account = account_of(fields, call.account)
    verdict = Verdict(
        fingerprint=mark.hex(),
        action=decision.action,
        end=decision.end,
        rules=decision.rules,
        actor=decision.actor,
        asked=decision.asked.person if decision.asked else None,
        why=decision.why,
        event_source=str(fields.get("eventSource")),
        event_name=str(fields.get("eventName")),
        event_id=fields["eventID"] if isinstance(fields.get("eventID"), str) else None,
        account=account,
        event_time_ms=event_time_ms(fields.get("eventTime")),
        received_ms=call.received_ms,
        late=decision.late,
        feed=frame.feeds[call.feed],
        position=call.position,
        rules_version=decision.rules_version or frame.rules_version,
        record=call.record,
        shadow=decision.shadow,
    )
    if decision.end is not End.CASE:
        return Sorted(verdict, None)
    summary = summarise(
        fields,
        fingerprint=mark,
        rule=decision.rule,
        risk=decision.risk,
        account=account,
        received_ms=call.received_ms,
    )
    return Sorted(verdict, CallCommand(_key(decision, account), decision, call.received_ms, summary))


def _key(decision: Decision, account: str | None) -> str:
    """Late calls of a live feed end in one aggregated page per account; all others go by actor."""
    if decision.unaskable == "late":
        return f"late/{account or '-'}"
    return actor_key(decision.actor, decision.asked)
