"""Committed: what an acknowledged message caused can be read from the log (I18)."""

from typing import Any

import msgspec

from agents.decisions.audit.accounted import buried, is_buried, unwanted, waits
from agents.decisions.audit.ends import swept
from agents.decisions.audit.finding import Finding, of_call, of_case, place
from agents.decisions.audit.journal import Journal, fingerprints_of
from agents.decisions.audit.terms import Terms
from streams.records.case import EffectKind
from streams.records.command import CallCommand
from streams.records.effect import Page
from streams.records.verdict import End
from streams.topics import Topic


def committed_is_readable(journal: Journal, terms: Terms) -> list[Finding]:
    """I18: what the messages below the committed offsets of `calls` and `commands` caused lies on the log."""
    return _verdicts_told(journal, terms) + _commands_told(journal) + _facts_told(journal) + _effects_told(journal)


def _verdicts_told(journal: Journal, terms: Terms) -> list[Finding]:
    verdicts = {bytes.fromhex(verdict.fingerprint): verdict for verdict in journal.verdicts}
    commanded = {
        one.command.summary.fingerprint for one in journal.commands if isinstance(one.command, CallCommand)
    }
    graves = buried(journal)
    found = []
    for called in journal.calls:
        below = called.at.offset < journal.committed.get((Topic.CALLS, called.at.partition), 0)
        if not below or called.at.at_ms < journal.kept_from_ms:
            continue
        at = place(Topic.CALLS, called.at)
        verdict = verdicts.get(called.mark) if called.mark else None
        if verdict is None and not is_buried(called, graves):
            if not waits(called, journal, terms) and not unwanted(called, terms):
                found.append(of_call(called.mark, f"at {at} is acknowledged without a verdict", at=at))
        elif verdict is not None and verdict.end is End.CASE and called.mark not in commanded:
            found.append(of_call(called.mark, f"at {at} is acknowledged without its command", at=at))
    return found


def _commands_told(journal: Journal) -> list[Finding]:
    held = {mark: [case.case_id] for case in journal.cases for mark in fingerprints_of(case)}
    covered = held.keys() | swept(journal, held).keys()
    return [
        of_call(one.command.summary.fingerprint, "has an acknowledged command, and no case holds it")
        for one in journal.commands
        if isinstance(one.command, CallCommand)
        and _acknowledged(journal, one.at.partition, one.at.offset)
        and one.at.at_ms >= journal.kept_from_ms
        and one.command.summary.fingerprint not in covered
    ]


def _facts_told(journal: Journal) -> list[Finding]:
    told = {(fact.case_id, fact.seq): fact for fact in journal.facts}
    owed = {
        (fact.case_id, fact.seq): fact
        for case in journal.cases
        for fact in case.facts
        if _acknowledged(journal, case.partition, fact.src)
    }
    return [
        of_case(case_id, f"acknowledged fact {seq}, which is not on the log", at=str(seq))
        for (case_id, seq), fact in owed.items()
        if msgspec.json.encode(told.get((case_id, seq))) != msgspec.json.encode(fact)
    ]


def _effects_told(journal: Journal) -> list[Finding]:
    """An effect is told once it left; what the last state still owes must have been told at least once."""
    told = {(_subject(effect), type(effect).__name__.lower(), effect.attempt) for effect in journal.effects}
    return [
        of_case(
            case.case_id, f"acknowledged {item.kind}:{item.attempt}, which is not on the log", at=str(item.kind)
        )
        for case in journal.last().values()
        if _acknowledged(journal, case.partition, case.src)
        for item in case.outbox
        if item.since_ms >= journal.kept_from_ms
        and item.kind is not EffectKind.FOLD
        and (case.case_id, str(item.kind), item.attempt) not in told
    ]


def _acknowledged(journal: Journal, partition: int, offset: int) -> bool:
    return offset < journal.committed.get((Topic.COMMANDS, partition), 0)


def _subject(effect: Any) -> str:
    return str(effect.subject if isinstance(effect, Page) else effect.case_id)
