"""People: the cases of each person who is asked, where most have one."""

from collections.abc import Callable

from streams.records.case import CaseState
from streams.records.case_head import AnyCase

MAYBE_ON_PHONE = frozenset({None, "timeout", "error"})
"""What became of a push that may still be approved: we may have stopped asking before Duo took it back."""
OPEN = frozenset({CaseState.COLLECTING, CaseState.PROMPTING, CaseState.WAITING, CaseState.CHALLENGING})


OPEN_CASE, PUSHED, PROMPTED = 1, 2, 4
"""What a case is to its person: at no end or escalation yet, maybe on the phone, sent out as a question.

Plain numbers: a recovery asks for those of every case, and an enum's take ten times as long.
"""


def roles_of(case: AnyCase) -> int:
    """What a case is to the person who is asked."""
    roles = OPEN_CASE if case.state in OPEN else 0
    if case.push is not None and case.push.not_after_ms is not None and case.push.result in MAYBE_ON_PHONE:
        roles |= PUSHED
    return roles if case.prompt is None else roles | PROMPTED


class People:
    """By person, the cases that are something to them; of one with a single case the case itself says what.

    Sets and dictionaries of their own for each of a million persons are 500 bytes a person. `peek` tells of a case
    by its id.
    """

    def __init__(self, peek: Callable[[str], AnyCase]) -> None:
        self._peek = peek
        self._cases: dict[str, str | dict[str, int]] = {}

    def of(self, person: str, role: int) -> list[str]:
        """The ids of the person's cases in that role."""
        found = self._cases.get(person, {})
        if isinstance(found, str):
            return [found] if role & roles_of(self._peek(found)) else []
        return [case_id for case_id, roles in found.items() if role & roles]

    def keep(self, person: str, case_id: str, roles: int) -> None:
        """What a case is to a person from now on; nothing takes it away."""
        found = self._cases.get(person)
        if isinstance(found, dict):
            found[case_id] = roles
            if not roles:
                del found[case_id]
            if not found:
                del self._cases[person]
        elif not roles:
            if found == case_id:
                del self._cases[person]
        elif found is None or found == case_id:
            self._cases[person] = case_id
        else:
            self._cases[person] = {found: roles_of(self._peek(found)), case_id: roles}
