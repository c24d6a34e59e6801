"""Verified: what must come before a case is verified (I8), and that a Yes is not enough (I10)."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from agents.decisions.audit.finding import Finding, of_case
from agents.decisions.audit.journal import Commanded, Journal
from agents.decisions.audit.said import Said
from agents.decisions.audit.terms import Terms
from agents.decisions.case.ids import digest_of
from streams.records.case import Case, CaseState
from streams.records.command import Answered, PushResult, PushStarted
from streams.records.effect import Prompt, Push
from streams.records.fact import Fact, FactKind

AUTH = "/auth/v2/auth"


def verified_by_a_push(journal: Journal, _terms: Terms) -> list[Finding]:
    """I8: verified implies an allow, in time, for our push to that person, after the Yes, for the digest shown."""
    last, said = journal.last(), Said(journal)
    told = {fact.case_id for fact in journal.facts if fact.kind is FactKind.VERIFIED}
    verified = [case_id for case_id, case in last.items() if case.state is CaseState.VERIFIED]
    found = [of_case(case_id, "is verified, and no fact says so") for case_id in verified if case_id not in told]
    evidence = _Evidence(journal)
    for fact in journal.facts_once():
        case = last.get(fact.case_id)
        if fact.kind is not FactKind.VERIFIED or case is None:
            continue
        objection = _objection(evidence, said, case, fact)
        if objection:
            found.append(of_case(fact.case_id, f"is verified, but {objection}"))
    return found


class _Evidence:
    """What bears on verified cases, gathered once."""

    def __init__(self, journal: Journal) -> None:
        self.prompts: dict[str, list[Prompt]] = {}
        for prompt in journal.of(Prompt):
            self.prompts.setdefault(prompt.case_id, []).append(prompt)
        self.pushes: dict[str, list[Push]] = {}
        for push in journal.of(Push):
            self.pushes.setdefault(push.case_id, []).append(push)
        self.yes: dict[str, Fact] = {}
        for fact in journal.facts:
            if fact.kind is FactKind.ANSWERED and fact.data.get("answer") == "yes":
                self.yes.setdefault(fact.case_id, fact)
        auths = [one for one in journal.exchanges if one.route == AUTH]
        self.txids = {_txid(one.answer) for one in auths}
        self.pushed = {dict(parse_qsl(str(one.sent.get("pushinfo")))).get("Case") for one in auths}


def _objection(evidence: _Evidence, said: Said, case: Case, verified: Fact) -> str | None:
    txid = verified.data.get("txid")
    results = [one for one in said.of(case, PushResult) if one.command.txid == txid]
    starts = [
        one for one in said.of(case, PushStarted) if one.command.txid == txid and one.at.offset < verified.src
    ]
    if verified.src not in {one.at.offset for one in results if one.command.result == "allow"}:
        return "no allow for its transaction came with that message"
    if not starts:
        return "its transaction was not recorded before"
    if case.case_id not in evidence.yes:
        return "nobody answered Yes"
    if verified.data.get("digest") != case.digest or case.digest != digest_of(case.fingerprints):
        return "the digest is not that of its calls"
    if all(prompt.question.digest != case.digest for prompt in evidence.prompts.get(case.case_id, ())):
        return "its digest was never shown"
    return _push_objection(evidence, case, verified, starts)


def _push_objection(evidence: _Evidence, case: Case, verified: Fact, starts: Sequence[Commanded]) -> str | None:
    """What is wrong with the push: it must be ours, after the Yes, to the right person, and alive."""
    yes, life_ms = evidence.yes[case.case_id], case.timing.push_timeout_ms
    attempts = {
        one.command.attempt: one.at.at_ms for one in reversed(starts) if isinstance(one.command, PushStarted)
    }
    pushes = [one for one in evidence.pushes.get(case.case_id, ()) if one.attempt in attempts]
    if not pushes:
        return "we sent no such push"
    if any(case.asked is None or push.duo_user != case.asked.duo for push in pushes):
        return "the push went to another person"
    if all(push.emitted_ms < yes.at_ms for push in pushes):
        return "the push was sent before the Yes"
    if all(
        verified.at_ms > attempts[push.attempt] + life_ms or attempts[push.attempt] > push.not_after_ms + life_ms
        for push in pushes
    ):
        return "the allow came too late"
    if evidence.txids and verified.data.get("txid") not in evidence.txids:
        return "Duo gave no such transaction"
    if evidence.pushed and case.case_id not in evidence.pushed:
        return "Duo was sent no push of this case"
    return None


def _txid(answer: Any) -> str | None:
    response = answer.get("response") if isinstance(answer, Mapping) else None
    return response.get("txid") if isinstance(response, Mapping) else None


def a_yes_closes_nothing(journal: Journal, _terms: Terms) -> list[Finding]:
    """I10: no case ends as verified by a message that brought a Yes and no result of a push."""
    last, said = journal.last(), Said(journal)
    found = []
    for fact in journal.facts_once():
        case = last.get(fact.case_id)
        if fact.kind is not FactKind.VERIFIED or case is None:
            continue
        brought = {
            kind for kind in (Answered, PushResult) for one in said.of(case, kind) if one.at.offset == fact.src
        }
        if brought == {Answered}:
            found.append(of_case(fact.case_id, "was verified by the Yes alone"))
    return found
