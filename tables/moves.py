"""Moves: which cases the messages from an offset on have changed."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence

ROOM = 1_024
"""So many moves more than twice the cases are let lie before the old ones are cleared away."""


class Moves:
    """Offsets in rising order, each with the case that its message changed.

    Invariant: the last move of every case is here. Two arrays take 16 bytes a move, where a dictionary takes 80.
    """

    def __init__(self) -> None:
        self._srcs = array("q")
        self._ids: list[str] = []

    def load(self, srcs: "array[int]", ids: Sequence[str]) -> None:
        """Take over the last move of each of many cases, in any order."""
        order = sorted(range(len(srcs)), key=srcs.__getitem__)
        self._srcs, self._ids = array("q", [srcs[at] for at in order]), [ids[at] for at in order]

    def add(self, case_id: str, src: int, live: Collection[str]) -> None:
        """A case was changed by the message at that offset; `live` are the cases that there are."""
        at = bisect_right(self._srcs, src)
        if at and self._srcs[at - 1] == src and self._ids[at - 1] == case_id:
            return
        self._srcs.insert(at, src)
        self._ids.insert(at, case_id)
        if len(self._ids) > 2 * len(live) + ROOM:
            last = {one: src for src, one in zip(self._srcs, self._ids, strict=True) if one in live}
            self.load(array("q", last.values()), list(last))

    @property
    def last_src(self) -> int:
        """The highest offset that changed a case, -1 where none did."""
        return self._srcs[-1] if self._srcs else -1

    def since(self, src: int) -> list[str]:
        """The cases that a message at that offset or a later one has changed, each once; some may be gone."""
        return list(dict.fromkeys(self._ids[bisect_left(self._srcs, src) :]))
