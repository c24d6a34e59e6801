"""Repeated: a call that was decided more than once was decided alike (I12)."""

from agents.decisions.audit.finding import Finding, of_call
from agents.decisions.audit.journal import Journal
from agents.decisions.audit.terms import Terms
from streams.records.verdict import Action, End

Decided = tuple[Action, End]
REPORTED_FIRST = {End.REPORTED, End.CASE}
"""What a backfill only reported becomes a case when a live feed brings it too."""


def decided_alike(journal: Journal, _terms: Terms) -> list[Finding]:
    """I12, as far as one log tells: by two frames, two routes or a replay, one action and one end.

    Given the same version of rules and people: another version may decide otherwise. A verdict names the version
    that decided it, also where it is told again; what was reported and what became a case, maybe much later, are
    compared apart.
    """
    first: dict[tuple[str, str], Decided] = {}
    several: dict[tuple[str, str], set[Decided]] = {}
    for verdict in journal.verdicts:
        key, decided = (verdict.fingerprint, verdict.rules_version), (verdict.action, verdict.end)
        before = first.setdefault(key, decided)
        if before != decided:
            several.setdefault(key, {before}).add(decided)
    found = []
    for (fingerprint, _), each in several.items():
        ends = {end for _, end in each}
        alike = len(each) == len(ends) and ends <= REPORTED_FIRST
        if not alike:
            what = " and as ".join(sorted(f"{action}, {end}" for action, end in each))
            found.append(of_call(bytes.fromhex(fingerprint), f"was decided as {what} by the same rules"))
    return found
