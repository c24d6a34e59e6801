"""Case index: how the cases of one partition are found; all of it follows from the entries."""

from collections import defaultdict
from collections.abc import Iterator

from streams.records.case import ENDS, Case, CaseKind, CaseState
from streams.records.case_head import AnyCase, urgency_of

FINGERPRINT_BYTES = 32
MAYBE_ON_PHONE = frozenset({None, "timeout", "error"})
"""What became of a push that may still be approved: we may have stopped asking before Duo took it back."""
OPEN = frozenset({CaseState.COLLECTING, CaseState.PROMPTING, CaseState.WAITING, CaseState.CHALLENGING})


def fingerprints_of(case: AnyCase) -> Iterator[bytes]:
    """The calls a case covers, 32 raw bytes each."""
    packed = case.fingerprints
    return (packed[at : at + FINGERPRINT_BYTES] for at in range(0, len(packed), FINGERPRINT_BYTES))


def alert_names(case: AnyCase) -> list[str]:
    """What an alert or an incident alerts about; a question alerts about nothing until somebody is asked."""
    if case.incident is not None:
        return [case.incident.kind]
    return case.rules if case.kind is CaseKind.ALERT else []


_NEVER = (0, "")


class CaseIndex:
    """Where to look for the cases of a group, a person, an account, a call or an aggregate."""

    def __init__(self) -> None:
        self.holder: dict[bytes, str] = {}
        self.collecting: dict[str, str] = {}
        self.frozen_ms: dict[str, tuple[int, str]] = {}
        self.by_person: defaultdict[str, set[str]] = defaultdict(set)
        self.pushed: defaultdict[str, set[str]] = defaultdict(set)
        self.prompted: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self.paged: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        self.alerted: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        self.folded: defaultdict[str, set[str]] = defaultdict(set)
        self.ended: dict[str, int] = {}

    def add(self, case: AnyCase, known: int = 0) -> None:
        """Index a case's new state; `known` bytes of its fingerprints were indexed before."""
        packed, case_id = case.fingerprints, case.case_id
        for at in range(known, len(packed), FINGERPRINT_BYTES):
            self.holder[packed[at : at + FINGERPRINT_BYTES]] = case_id
        self._add_group(case)
        if case.asked is not None:
            self._add_person(case, case.asked.person)
        if case.page is not None:
            self.paged[case.account, urgency_of(case)][case.case_id] = case.page.emitted_ms
            for name in alert_names(case):
                self.alerted[name, case.account][case.case_id] = case.page.emitted_ms
        if case.fold is not None:
            waits = case.state is CaseState.ESCALATED
            _keep(self.folded, case.fold.aggregate_id, case.case_id, wanted=waits)
        if case.state in ENDS and case.ended_ms is not None:
            self.ended[case.case_id] = case.ended_ms

    def _add_group(self, case: AnyCase) -> None:
        if case.state is CaseState.COLLECTING:
            self.collecting[case.group_key] = case.case_id
        elif self.collecting.get(case.group_key) == case.case_id:
            del self.collecting[case.group_key]
        if case.frozen_ms is not None and case.frozen_ms >= self.frozen_ms.get(case.group_key, _NEVER)[0]:
            self.frozen_ms[case.group_key] = (case.frozen_ms, case.case_id)

    def _add_person(self, case: AnyCase, person: str) -> None:
        _keep(self.by_person, person, case.case_id, wanted=case.state in OPEN)
        out = case.push is not None and case.push.not_after_ms is not None and case.push.result in MAYBE_ON_PHONE
        _keep(self.pushed, person, case.case_id, wanted=out)
        if case.prompt is not None:
            self.prompted[person][case.case_id] = case.prompt.asked_ms

    def drop(self, case: Case) -> None:
        """Forget a case altogether."""
        for fingerprint in fingerprints_of(case):
            if self.holder.get(fingerprint) == case.case_id:
                del self.holder[fingerprint]
        if self.frozen_ms.get(case.group_key, (0, ""))[1] == case.case_id:
            del self.frozen_ms[case.group_key]
        if case.asked is not None:
            self.pushed[case.asked.person].discard(case.case_id)
            self.prompted[case.asked.person].pop(case.case_id, None)
        self.paged[case.account, urgency_of(case)].pop(case.case_id, None)
        for name in alert_names(case):
            self.alerted[name, case.account].pop(case.case_id, None)
        self.ended.pop(case.case_id, None)


def _keep(groups: defaultdict[str, set[str]], group: str, case_id: str, *, wanted: bool) -> None:
    """Whether a case is a member of a group; one that lost its last member goes."""
    if wanted:
        groups[group].add(case_id)
    elif group in groups:
        groups[group].discard(case_id)
        if not groups[group]:
            del groups[group]
