"""Newest: which rewrite of a case's messages is the last one, so that a slow older one does not undo it."""

import asyncio
from collections import OrderedDict
from weakref import WeakValueDictionary

REMEMBERED = 10_000


class Newest:
    """Rewrites of one case go one at a time, and one that a newer has overtaken is not made at all."""

    def __init__(self) -> None:
        self._attempts: OrderedDict[str, int] = OrderedDict()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def note(self, case_id: str, attempt: int) -> None:
        """A rewrite was asked for; the highest attempt of a case is its newest state."""
        self._attempts[case_id] = max(attempt, self._attempts.pop(case_id, 0))
        while len(self._attempts) > REMEMBERED:
            self._attempts.popitem(last=False)

    def overtaken(self, case_id: str, attempt: int) -> bool:
        """Whether a newer rewrite was asked for."""
        return attempt < self._attempts.get(case_id, 0)

    def turn(self, case_id: str) -> asyncio.Lock:
        """To be held while a case's messages are rewritten."""
        return self._turns.setdefault(case_id, asyncio.Lock())
