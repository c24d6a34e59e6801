"""Coverage: dedup loses nothing and doubles nothing (I11)."""

from collections import defaultdict

from agents.decisions.audit.ends import holders, swept
from agents.decisions.audit.finding import Finding, of_call
from agents.decisions.audit.journal import Journal
from agents.decisions.audit.terms import Terms
from streams.records.verdict import End


def covered_once(journal: Journal, terms: Terms) -> list[Finding]:
    """I11: each fingerprint is in exactly one case, or ends with its verdict."""
    held = holders(journal)
    found = [of_call(mark, f"is in cases {', '.join(ids)}") for mark, ids in held.items() if len(ids) > 1]
    covered = held.keys() | swept(journal, held).keys()
    judged: defaultdict[bytes, set[End]] = defaultdict(set)
    received: dict[bytes, int] = {}
    for verdict in journal.verdicts:
        mark = bytes.fromhex(verdict.fingerprint)
        judged[mark].add(verdict.end)
        received[mark] = verdict.received_ms
    for mark, ends in judged.items():
        if End.LOGGED in ends and (len(ends) > 1 or mark in covered):
            found.append(of_call(mark, "is logged and more"))
        old = received[mark] < journal.kept_from_ms or terms.young(received[mark])
        if End.CASE in ends and mark not in covered and not old:
            found.append(of_call(mark, "is in no case"))
    return found
