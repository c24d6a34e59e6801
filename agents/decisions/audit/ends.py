"""Ends: what each accepted call came to, as the verdicts, the cases and the facts tell it."""

from collections import defaultdict

from agents.decisions.audit.journal import Journal, fingerprints_of
from streams.records.case import ENDS, Case
from streams.records.command import CallCommand, CaseSweep
from streams.records.fact import FactKind
from streams.records.verdict import End

END_FACTS = frozenset({FactKind.VERIFIED, FactKind.PAGED, FactKind.REPORTED})
TOOK_CALLS = frozenset({FactKind.OPENED, FactKind.CALLS_ADDED})
FOLD_WAIT_MS = 60_000
"""An aggregated page goes out at most once a minute."""

Holders = dict[bytes, list[str]]


def holders(journal: Journal) -> Holders:
    """The ids of the cases that cover each call, of the cases that are still in the table."""
    found: defaultdict[bytes, list[str]] = defaultdict(list)
    for case in journal.last().values():
        for mark in fingerprints_of(case):
            found[mark].append(case.case_id)
    return found


def swept(journal: Journal, held: Holders) -> Holders:
    """The same of cases that ended and were forgotten since, by a sweep that the log tells of.

    A call's command and the fact that its case made of it have the same place. A message may have brought calls of
    several cases: then all of them are named.
    """
    gone = forgotten(journal)
    taken: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for fact in journal.facts:
        if fact.kind in TOOK_CALLS and fact.case_id in gone:
            taken[fact.actor_key, fact.src].add(fact.case_id)
    found: defaultdict[bytes, list[str]] = defaultdict(list)
    for one in journal.commands if taken else ():
        if isinstance(one.command, CallCommand) and one.command.summary.fingerprint not in held:
            ids = taken.get((one.command.actor_key, one.at.offset), set())
            found[one.command.summary.fingerprint] += sorted(ids - set(found[one.command.summary.fingerprint]))
    return {mark: ids for mark, ids in found.items() if ids}


def forgotten(journal: Journal) -> dict[str, str]:
    """The ends of the cases that are no more in the table because they ended before a sweep's bound."""
    before_ms = max(
        (one.command.before_ms for one in journal.commands if isinstance(one.command, CaseSweep)), default=0
    )
    known = journal.last().keys()
    return {
        fact.case_id: str(fact.kind)
        for fact in journal.facts
        if fact.kind in END_FACTS and fact.case_id not in known and fact.at_ms < before_ms
    }


def ends(journal: Journal) -> dict[bytes, set[str]]:
    """What each fingerprint reached; "open" where a case has not ended. A case outdoes an earlier report."""
    found: defaultdict[bytes, set[str]] = defaultdict(set)
    held, last = holders(journal), journal.last()
    for mark, ids in held.items():
        found[mark] = {str(last[case_id].state) if last[case_id].state in ENDS else "open" for case_id in ids}
    gone = forgotten(journal)
    for mark, ids in swept(journal, held).items():
        found[mark] = {gone[ids[0]]}
    for verdict in journal.verdicts:
        mark = bytes.fromhex(verdict.fingerprint)
        if verdict.end is not End.CASE and not (verdict.end is End.REPORTED and found[mark]):
            found[mark].add(str(verdict.end))
    return found


def due_ms(case: Case) -> int:
    """When an open case must have moved next (epoch milliseconds UTC)."""
    folded = [item.since_ms + FOLD_WAIT_MS for item in case.outbox if case.fold is not None]
    paged = [case.page.emitted_ms] if case.page is not None else []
    return max([case.opened_ms, case.deadline_ms or 0, *folded, *paged])
