"""Gate: what the head of a call must show, so that a rule that names no event could fire on it.

Of each branch the most telling condition is kept. A branch without one that a head can tell leaves the gate open.
"""

from collections.abc import Iterable

from agents.decisions.rules.pattern import Branch, Condition
from agents.decisions.rules.reading import HIDDEN
from streams.records.head import Head

ERROR, KIND, ARN = ("errorCode",), ("userIdentity", "type"), ("userIdentity", "arn")

MAX_CODES, MAX_CODE = 1_000, 100
"""So many error codes of so many characters are remembered at most."""


class Gate:
    """The conditions of some branches, any of which lets a head through.

    Invariant: a head of a call on which a rule of these branches could fire is let through, also where the call
    holds back a value.
    """

    def __init__(self, branches: Iterable[Branch]) -> None:
        self.open = False
        self._errors: list[Condition] = []
        self._by_code: dict[str, bool] = {}
        self._kinds: set[str | None] = set()
        self._arns: set[str] = set()
        self._parts: set[str] = set()
        for branch in branches:
            self._keep({condition.path: condition for condition in branch if not condition.absent})

    def _keep(self, by_path: dict[tuple[str, ...], Condition]) -> None:
        error, kind, arn = (by_path.get(path) for path in (ERROR, KIND, ARN))
        if error is not None and not _accepts(error, None):
            self._errors.append(error)
        elif arn is not None and arn.exact is not None:
            self._arns |= {*arn.exact, HIDDEN}
        elif arn is not None and arn.holds is not None:
            self._parts |= {*arn.holds, HIDDEN}
        elif kind is not None and kind.exact is not None:
            self._kinds |= {*kind.exact, HIDDEN}
        else:
            self.open = True

    def lets(self, head: Head) -> bool:
        """Whether the head shows what one of the branches wants."""
        if self.open or (head.error_code is not None and self._is_wanted(head.error_code)):
            return True
        arn = head.arn
        if head.kind in self._kinds or arn in self._arns:
            return True
        if arn is not None:
            for part in self._parts:
                if part in arn:
                    return True
        return False

    def _is_wanted(self, code: str) -> bool:
        """Whether a call that fails with this code could be wanted; remembered, for there are few."""
        wanted = self._by_code.get(code)
        if wanted is None:
            hidden = code == HIDDEN and bool(self._errors)
            wanted = hidden or any(_accepts(condition, code) for condition in self._errors)
            if len(code) <= MAX_CODE:
                if len(self._by_code) >= MAX_CODES:
                    self._by_code.clear()
                self._by_code[code] = wanted
        return wanted


def _accepts(condition: Condition, value: str | None) -> bool:
    return any(test(value) for test in condition.tests)
