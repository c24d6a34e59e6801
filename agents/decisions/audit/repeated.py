"""Repeated: a call that was decided more than once was decided alike (I12)."""

from collections import defaultdict

from agents.decisions.audit.finding import Finding, of_call
from agents.decisions.audit.journal import Journal
from agents.decisions.audit.terms import Terms
from streams.records.verdict import Action, End

REPORTED_FIRST = {End.REPORTED, End.CASE}
"""What a backfill only reported becomes a case when a live feed brings it too."""


def decided_alike(journal: Journal, _terms: Terms) -> list[Finding]:
    """I12, as far as one log tells: by two frames, two routes or a replay, one action and one end.

    Given the same version of the rules: another version may decide otherwise.
    """
    actions: defaultdict[tuple[str, str], set[Action]] = defaultdict(set)
    ends: defaultdict[tuple[str, str], set[End]] = defaultdict(set)
    for verdict in journal.verdicts:
        key = (verdict.fingerprint, verdict.rules_version)
        actions[key].add(verdict.action)
        ends[key].add(verdict.end)
    found = []
    for key in actions:
        different: set[Action] | set[End] = actions[key]
        if len(different) == 1:
            different = set() if ends[key] <= REPORTED_FIRST else ends[key]
        if len(different) > 1:
            what = f"was decided as {' and as '.join(sorted(different))} by the same rules"
            found.append(of_call(bytes.fromhex(key[0]), what))
    return found
