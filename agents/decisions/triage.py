"""Triage: one frame of calls into verdicts, commands and grants, each call decided once."""

import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import msgspec
from msgspec import Raw

from agents.decisions.issuing import grants_of, held_by, may_tell_of_sessions, tells_of_sessions
from agents.decisions.joining import Sessions
from agents.decisions.judge import Judgement, Policy, judge
from agents.decisions.rules import Suspects
from agents.decisions.rules.past import PastOf, nothing_before
from agents.decisions.rules.reading import says_all
from agents.decisions.summary import summarise
from agents.decisions.tally import Tallies
from agents.decisions.times import event_time_ms
from streams.records.account import account_of
from streams.records.actor import actor_key
from streams.records.call import CallFrame, Feed, FramedCall
from streams.records.command import CallCommand
from streams.records.fingerprint import fingerprint
from streams.records.grant import Grant, Holder, Proof
from streams.records.head import Head
from streams.records.seen import Decision, SeenCall, Wait, WaitingCall
from streams.records.verdict import End, Verdict


class SeenBefore(Protocol):
    """What triage remembers of one partition."""

    def held(self, position: int) -> Mapping[bytes, SeenCall]:
        """What the entry of this message holds: it is emitted again, never decided again."""

    def first(self, fingerprint: bytes) -> tuple[int, End] | None:
        """The position that brought a call first, and what end it was given there."""

    def pack(self, waiting: WaitingCall) -> bytes | None:
        """The call as it is kept while it waits; None where there is no room for it: then it does not wait."""


class Sorted(NamedTuple):
    """One call of a frame with its decision; `command` is None where no case is needed."""

    verdict: Verdict
    command: CallCommand | None


class Broken(NamedTuple):
    """A record that decoding or a decision could not take: a planned dead letter.

    `fault` is the name of the exception's type. `waited_at` is where it waited, if it did.
    """

    call: FramedCall
    fault: str
    trace: str
    waited_at: int | None = None


class Sorting(NamedTuple):
    """What became of a message: `fresh` is to be remembered before anything of `calls` and `grants` is sent.

    `waiting` holds the calls that wait from now on, packed, by fingerprint; each has its place in `fresh`. `waits`
    counts them and those that waited here before.
    """

    calls: list[Sorted]
    fresh: list[SeenCall]
    grants: list[Grant]
    waiting: dict[bytes, bytes]
    broken: list[Broken]
    duplicates: int = 0
    unwanted: int = 0
    waits: int = 0


def nothing_sorted() -> Sorting:
    """A sorting to begin with."""
    return Sorting([], [], [], {}, [])


_decode = msgspec.json.Decoder().decode


def sort_frame(
    frame: CallFrame,
    position: int,
    seen: SeenBefore,
    policy: Policy,
    sessions: Sessions | None = None,
    now_ms: int = 0,
    tallies: Tallies | None = None,
) -> Sorting:
    """Sort the calls of the frame at `position`; the same frame, tables and policy give the same sorting.

    A frame from which calls were left out has all that could be wanted (`wanted_of`), and all that is held here.

    `now_ms` is the frame's append time: waits for grants run from there. Without `sessions` nothing waits.
    What rules that count have counted is left in `tallies`; without them every call is the first of its kind.
    """
    sorting = nothing_sorted()
    held = seen.held(position)
    here: dict[bytes, End] = {}
    counts: Counter[str] = Counter()
    calls = frame.calls if frame.left_out is not None else _loud(frame, policy, held)
    counts["unwanted"] = len(frame.calls) - len(calls) + (frame.left_out or 0)
    for call in calls:
        try:
            mark, fields = _marked(call)
            feed = frame.feeds[call.feed]
            if _covered(here.get(mark) or _end_elsewhere(seen, mark, position, held), feed):
                counts["duplicates"] += 1
                continue
            fields = _decode(call.record) if fields is None else fields
            taken = WaitingCall(call, feed, frame.rules_version)
            judged = _judged(fields, taken, mark, held.get(mark), policy, sessions, tallies)
            one = sort_call(fields, taken, mark, judged.seen)  # what breaks is found before it waits
            packed = seen.pack(judged.kept(taken)) if judged.waits and policy.grant_wait_ms else None
        except Exception as error:  # noqa: BLE001 - whatever a record makes us raise is its own dead letter (I14)
            sorting.broken.append(Broken(call, type(error).__name__, traceback.format_exc(limit=8)))
            continue
        if packed is not None:
            judged = judged.waiting(Wait(judged.key, now_ms + policy.grant_wait_ms))
            sorting.waiting[mark] = packed
        counts[_enter(sorting, here, judged, one)] += 1
    return sorting._replace(duplicates=counts["duplicates"], unwanted=counts["unwanted"], waits=counts["waits"])


def _marked(call: FramedCall) -> tuple[bytes, dict[str, Any] | None]:
    """The fingerprint of a call, and its fields where they had to be decoded for that."""
    if call.mark is not None:
        return call.mark, None
    fields = _decode(call.record)
    return fingerprint(fields), fields


def wanted_of(policy: Policy) -> Callable[[Head], bool]:
    """Of a head, whether something could come of a call that has it; most calls are read no further."""
    concerns = policy.rules.may_concern
    return lambda head: concerns(head) or may_tell_of_sessions(head)


def _loud(frame: CallFrame, policy: Policy, held: Mapping[bytes, SeenCall]) -> list[FramedCall]:
    """The calls of which something could come, or came here before."""
    wanted = wanted_of(policy)
    quiet = {index for index, head in enumerate(frame.heads) if not wanted(head)}
    return [call for call in frame.calls if call.head not in quiet or call.mark is None or call.mark in held]


def past_of(
    fields: Mapping[str, Any],
    taken: WaitingCall,
    mark: bytes,
    policy: Policy,
    tallies: Tallies | None,
    suspects: Suspects | None = None,
) -> PastOf:
    """What rules had counted before this call; it is counted itself, once."""
    if tallies is None:
        return nothing_before
    call = taken.call
    return tallies.take(fields, mark, account_of(fields, call.account), policy, call.received_ms, suspects)


def _enter(sorting: Sorting, here: dict[bytes, End], judged: "_Judged", one: Sorted | None) -> str:
    """Note what became of a call, and under what name it counts; one that waits undecided tells nothing yet."""
    mark = judged.seen.fingerprint
    sorting.grants.extend(judged.seen.grants)
    if judged.fresh and judged.seen.to_keep:
        sorting.fresh.append(judged.seen)
    if one is not None and judged.seen.decision is not None:
        here[mark] = one.verdict.end
        sorting.calls.append(one)
        return "sorted"
    if judged.seen.wait is not None:
        here[mark] = End.CASE
        return "waits"
    return "unwanted"


class _Judged(NamedTuple):
    """A call as it is to be remembered; `fresh` unless it was decided here before.

    `waits` says that a grant of `key` could change what becomes of it, or of the session that it issued;
    `decided` that it is the session alone.
    """

    seen: SeenCall
    fresh: bool = False
    waits: bool = False
    decided: bool = False
    key: str = ""

    def kept(self, taken: WaitingCall) -> WaitingCall:
        """The call as it is kept while it waits."""
        return msgspec.structs.replace(taken, decided=self.decided)

    def waiting(self, wait: Wait) -> "_Judged":
        """The same call, not decided yet: what says nothing of who made it is told all the same.

        So is a session of somebody whom the record proves: if a grant contradicts that, it is told once more.
        An alert does not wait for the session that it issued (I4): that is decided, and only its grants are not.
        """
        told = [grant for grant in self.seen.grants if grant.proof is Proof.ROLE or _is_proven(grant)]
        decision = self.seen.decision if self.decided else None
        return self._replace(seen=SeenCall(self.seen.fingerprint, decision, told, wait))


def _is_proven(grant: Grant) -> bool:
    return grant.holder is not None and grant.holder.actor.person is not None


def _judged(
    fields: Mapping[str, Any],
    taken: WaitingCall,
    mark: bytes,
    held: SeenCall | None,
    policy: Policy,
    sessions: Sessions | None,
    tallies: Tallies | None,
) -> _Judged:
    suspects = policy.rules.suspects(fields, whole=says_all(taken.call.record))
    if held is None and not suspects.rules and not tells_of_sessions(fields):
        return _Judged(SeenCall(mark))  # before anybody asks who made it
    past = past_of(fields, taken, mark, policy, tallies, suspects)
    if held is not None:
        return _Judged(held)
    judgement, seen = decide(fields, taken, mark, policy, sessions, past, suspects)
    if judgement.unknown is None:
        return _Judged(seen, fresh=True)
    waits = judgement.waits or any(grant.proof is not Proof.ROLE for grant in seen.grants)
    decided = not judgement.waits and seen.decision is not None
    return _Judged(seen, fresh=True, waits=waits, decided=decided, key=judgement.unknown)


def decide(
    fields: Mapping[str, Any],
    taken: WaitingCall,
    mark: bytes,
    policy: Policy,
    sessions: Sessions | None,
    past: PastOf = nothing_before,
    suspects: Suspects | None = None,
) -> tuple[Judgement, SeenCall]:
    """Decide about a call by what is known now, whether or not it should wait for more."""
    account = account_of(fields, taken.call.account)
    judgement = judge(
        fields,
        account=account,
        policy=policy,
        received_ms=taken.call.received_ms,
        backfill=taken.feed.backfill,
        sessions=sessions,
        past=past,
        suspects=suspects,
    )
    grants = grants_of(fields, account, mark, taken.call.received_ms) if sessions is not None else []
    if not grants:
        return judgement, SeenCall(mark, judgement.decision)
    if len(policy.feeds) < 2:  # no other account's copy can come
        grants = [grant for grant in grants if grant.proof is not Proof.TWIN]
    holder = judgement.holder or Holder(judgement.actor, 1)
    return judgement, SeenCall(mark, judgement.decision, held_by(grants, holder))


def _end_elsewhere(seen: SeenBefore, mark: bytes, position: int, held: Mapping[bytes, SeenCall]) -> End | None:
    """The end that another frame gave this call before this one did, if any did."""
    first = seen.first(mark)
    return None if first is None or first[0] == position or mark in held else first[1]


def _covered(end: End | None, feed: Feed) -> bool:
    """Whether a copy of a call with that end adds nothing; a live copy of one that was only reported does."""
    return end is not None and (end is not End.REPORTED or feed.backfill)


def sort_call(fields: Mapping[str, Any], taken: WaitingCall, mark: bytes, seen: SeenCall) -> Sorted | None:
    """The verdict and the command of a decided call; None where no rule fires, or where it still waits."""
    return None if seen.decision is None else _sorted(fields, taken, mark, seen.decision)


def _sorted(fields: Mapping[str, Any], taken: WaitingCall, mark: bytes, decision: Decision) -> Sorted:
    call = taken.call
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
        feed=taken.feed,
        position=call.position,
        rules_version=decision.rules_version or taken.rules_version,
        record=Raw(call.record),
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
