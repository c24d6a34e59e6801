"""Waiting: calls whose session no grant told of yet are decided when one does, or when their time is over."""

import traceback
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from agents.decisions.joining import Sessions
from agents.decisions.judge import Policy
from agents.decisions.tally import Tallies
from agents.decisions.triage import Broken, Sorted, Sorting, decide, nothing_sorted, past_of, sort_call
from streams.records.seen import SeenCall, WaitingCall


class Waited(NamedTuple):
    """A call that waits: its fingerprint, the position where it began to, and the call itself."""

    mark: bytes
    position: int
    call: WaitingCall


_decode = msgspec.json.Decoder().decode


def settle(
    waited: Iterable[Waited], policy: Policy, sessions: Sessions, tallies: Tallies | None = None, *, over: bool
) -> Sorting:
    """Decide what can be decided; with `over` all of it, by what is known. What waits on is in neither list.

    A call was counted when it came, and is judged by what had been counted before it then.

    Everything decided is in `fresh`, with the place where it waited: it is to be remembered at the position of the
    grant or the timer that settled it, before anything of it is sent.
    """
    sorting = nothing_sorted()
    for mark, position, taken in waited:
        try:
            fields = _decode(taken.call.record)
            past = past_of(fields, taken, mark, policy, tallies)
            judgement, seen = decide(fields, taken, mark, policy, sessions, past)
            if judgement.unknown is not None and not over:
                continue
            if taken.decided:  # and told, when it came
                seen = SeenCall(mark, grants=seen.grants)
            _tell(sorting, seen, sort_call(fields, taken, mark, seen))
        except Exception as error:  # noqa: BLE001 - as in a frame: its own dead letter (I14)
            sorting.broken.append(
                Broken(taken.call, type(error).__name__, traceback.format_exc(limit=8), position)
            )
            seen = SeenCall(mark)
        sorting.fresh.append(msgspec.structs.replace(seen, waited_at=position))
    return sorting


def settled_again(held: Mapping[bytes, SeenCall], waited: Iterable[Waited], policy: Policy) -> Sorting:
    """What was settled at this position before, as it was decided then; these calls are still known whole.

    One of which nothing came is tried once more: it broke, or no rule fires on it.
    """
    sorting = nothing_sorted()
    for mark, position, taken in waited:
        seen = held[mark]
        try:
            fields = _decode(taken.call.record)
            if seen.decision is None and not seen.grants:
                _, tried = decide(fields, taken, mark, policy, _nobody)
                sort_call(fields, taken, mark, tried)
            _tell(sorting, seen, sort_call(fields, taken, mark, seen))
        except Exception as error:  # noqa: BLE001 - its dead letter may not have been sent
            sorting.broken.append(
                Broken(taken.call, type(error).__name__, traceback.format_exc(limit=8), position)
            )
    return sorting


def _nobody(_key: str) -> None:
    """No session is known."""


def _tell(sorting: Sorting, seen: SeenCall, one: Sorted | None) -> None:
    sorting.grants.extend(seen.grants)
    if one is not None:
        sorting.calls.append(one)
