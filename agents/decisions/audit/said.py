"""Said: which commands speak of a case, and which brought one of its facts."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from agents.decisions.audit.journal import Commanded, Journal
from streams.records.case import Case
from streams.records.command import Answered, PageAccepted, PushResult, PushStarted

ABOUT = Answered | PageAccepted | PushResult | PushStarted


class Said:
    """The answers, pushes and pages of a journal, found by the case they speak of."""

    def __init__(self, journal: Journal) -> None:
        self._about: defaultdict[str, list[Commanded]] = defaultdict(list)
        for one in journal.commands:
            if isinstance(one.command, ABOUT):
                command = one.command
                subject = command.subject if isinstance(command, PageAccepted) else command.case_id
                self._about[subject].append(one)

    def of(self, case: Case, kind: type) -> Sequence[Any]:
        """The commands of a kind that speak of a case, in its own partition."""
        return [
            one
            for one in self._about[case.case_id]
            if isinstance(one.command, kind) and one.at.partition == case.partition
        ]
