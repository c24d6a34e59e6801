"""Fault plan: what goes wrong at a stand-in, route by route, in the order it was scripted."""

from collections import deque
from enum import StrEnum

from msgspec import Struct


class Trouble(StrEnum):
    """What can go wrong; `lost`, `slow` and `garbled` do the work all the same."""

    REFUSE = "refuse"  # the connection drops, nothing is done
    HANG = "hang"  # no answer for `seconds`, nothing is done
    LIMITED = "limited"  # 429 with Retry-After
    BROKEN = "broken"  # `status`, a 5xx as a rule
    LOST = "lost"  # done, then the connection drops
    SLOW = "slow"  # done, answered after `seconds`
    GARBLED = "garbled"  # done, answered 200 with something that is no JSON


class Fault(Struct, frozen=True):
    """One thing that goes wrong once."""

    trouble: Trouble
    seconds: float = 0.0
    status: int = 503
    retry_after_s: int = 1


REFUSE = Fault(Trouble.REFUSE)
LOST = Fault(Trouble.LOST)
GARBLED = Fault(Trouble.GARBLED)
BROKEN = Fault(Trouble.BROKEN)
LIMITED = Fault(Trouble.LIMITED)


def hang(seconds: float) -> Fault:
    """Accept the call and say nothing for that long."""
    return Fault(Trouble.HANG, seconds=seconds)


def slow(seconds: float) -> Fault:
    """Do the work, answer late."""
    return Fault(Trouble.SLOW, seconds=seconds)


class FaultPlan:
    """Faults by route ("chat.postMessage", "/auth/v2/auth", "/v2/enqueue"); "*" stands for every route."""

    def __init__(self) -> None:
        self._once: dict[str, deque[Fault]] = {}
        self._always: dict[str, Fault] = {}

    def once(self, route: str, *faults: Fault) -> None:
        """Let the next calls of a route go wrong, one fault each."""
        self._once.setdefault(route, deque()).extend(faults)

    def always(self, route: str, fault: Fault) -> None:
        """Let every call of a route go wrong until `clear`."""
        self._always[route] = fault

    def clear(self) -> None:
        """Everything works again."""
        self._once.clear()
        self._always.clear()

    def take(self, route: str) -> Fault | None:
        """The fault for a call that has just arrived."""
        for name in (route, "*"):
            if waiting := self._once.get(name):
                return waiting.popleft()
            if name in self._always:
                return self._always[name]
        return None
