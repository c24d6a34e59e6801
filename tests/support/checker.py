"""Checker: the invariants of a run, by name, judged afterwards from what the run left behind."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from agents.decisions.case.ids import dedup_key, digest_of
from streams.records.case import ENDS, Case, CaseState, EffectKind
from streams.records.command import Answered, CallCommand, PageAccepted, PushResult, PushStarted
from streams.records.effect import Page, Prompt, Push
from streams.records.fact import Fact, FactKind
from streams.records.verdict import Action, End
from streams.topics import Topic
from tables.case_index import fingerprints_of
from tests.support.journal import Commanded, Journal

RESCUERS = {"watchdog", "supervisor"}
BODY_BYTES = 65_536

Check = Callable[[Journal], list[str]]
Wanted = Callable[[Mapping[str, Any]], bool]


def check_all(journal: Journal, *, open_allowed: bool = False) -> list[str]:
    """Every finding of every check, each with the name of its invariant in front."""
    named: dict[str, Check] = {
        "I1": lambda run: accounted(run, open_allowed=open_allowed),
        "I2": lambda run: asked_or_paged(run, open_allowed=open_allowed),
        "I5": verified_or_paged,
        "I6": facts_in_order,
        "I7": one_page_a_case,
        "I8": verified_by_a_push,
        "I9": answered_by_the_person_asked,
        "I11": covered_once,
        "I18": committed_is_readable,
    }
    return [f"{name}: {finding}" for name, check in named.items() for finding in check(journal)]


def accounted(journal: Journal, *, open_allowed: bool = False, wanted: Wanted = lambda _: True) -> list[str]:
    """I1: each accepted call reaches exactly one of logged, verified, paged, reported, dead-lettered.

    A call that no rule fires on after all is none of these; `wanted` says which calls some rule fires on.
    """
    ends = _ends(journal)
    found = []
    for called in journal.calls:
        reached = set(ends[called.mark]) if called.mark else set()
        if bytes(called.call.record)[:BODY_BYTES] in {letter.body for letter in journal.dead_letters}:
            reached.add("dead-lettered")
        if "open" in reached and open_allowed:
            reached.discard("open")
            reached = reached or {"open, as allowed"}
        if len(reached) == 1 and reached != {"open"}:
            continue
        if not reached and called.mark and not wanted(msgspec.json.decode(called.call.record)):
            continue
        found.append(f"call {_named(called.mark)} at {called.at} reached {_listed(reached)}")
    return found


def _ends(journal: Journal) -> defaultdict[bytes | None, set[str]]:
    """What each fingerprint reached; a case outdoes a report that a backfill made earlier."""
    ends: defaultdict[bytes | None, set[str]] = defaultdict(set)
    for case in journal.last().values():
        for mark in fingerprints_of(case):
            ends[mark].add(str(case.state) if case.state in ENDS else "open")
    for verdict in journal.verdicts:
        mark = bytes.fromhex(verdict.fingerprint)
        if verdict.end is not End.CASE and not (verdict.end is End.REPORTED and ends[mark]):
            ends[mark].add(str(verdict.end))
    return ends


def asked_or_paged(journal: Journal, *, open_allowed: bool = False) -> list[str]:
    """I2: a notify call leads to a delivered prompt or a page, and both were seen by Slack or PagerDuty."""
    holders = {mark.hex(): case for case in journal.last().values() for mark in fingerprints_of(case)}
    told = {case_id: {fact.kind for fact in facts} for case_id, facts in journal.facts_of().items()}
    found = []
    for verdict in journal.verdicts:
        if verdict.action is not Action.NOTIFY or verdict.end is not End.CASE:
            continue
        case = holders.get(verdict.fingerprint)
        if case is None:
            found.append(f"call {_named(bytes.fromhex(verdict.fingerprint))} is in no case")
        elif not case.observe and not (open_allowed and case.state not in ENDS):
            kinds = told[case.case_id]
            if not kinds & {FactKind.DELIVERED, FactKind.PAGED, FactKind.REPORTED}:
                found.append(f"case {case.case_id} was neither delivered nor paged")
    return found + (_unseen(journal) if journal.exchanges else [])


def _unseen(journal: Journal) -> list[str]:
    """Facts of a delivery or a page that no vendor knows of."""
    posted = {_case_of_post(one.sent) for one in journal.exchanges if one.route == "chat.postMessage" and one.done}
    paged = {one.sent.get("dedup_key") for one in journal.exchanges if one.service == "pagerduty" and one.done}
    found = []
    for fact in journal.facts:
        if fact.kind is FactKind.DELIVERED and fact.case_id not in posted:
            found.append(f"case {fact.case_id} was delivered, but Slack has no such message")
        if fact.kind is FactKind.PAGED and dedup_key(fact.case_id) not in paged:
            found.append(f"case {fact.case_id} was paged, but PagerDuty took no such event")
    return found


def _case_of_post(sent: Mapping[str, Any]) -> str | None:
    metadata = sent.get("metadata") or {}
    if isinstance(metadata, str):
        metadata = msgspec.json.decode(metadata)
    case_id: str | None = (metadata.get("event_payload") or {}).get("case_id")
    return case_id


def verified_or_paged(journal: Journal) -> list[str]:
    """I5: no case is both, except a contradiction after verified, or a rescuer's page, shown as such."""
    found = []
    for case_id, facts in journal.facts_of().items():
        kinds = {fact.kind for fact in facts}
        paged = [fact for fact in facts if fact.kind is FactKind.PAGED]
        if FactKind.VERIFIED not in kinds or FactKind.CONTRADICTED in kinds:
            continue
        if any(fact.data.get("by") not in RESCUERS for fact in paged):
            found.append(f"case {case_id} is verified and paged")
        if kinds & {FactKind.ESCALATED, FactKind.REPORTED}:
            found.append(f"case {case_id} is verified and escalated")
    return found


def facts_in_order(journal: Journal) -> list[str]:
    """I6: seq has no gap and one content each, up to the case's own; ends do not change."""
    last = journal.last()
    found = []
    for case_id, facts in journal.facts_of().items():
        contents = {msgspec.json.encode(fact): fact.seq for fact in facts}
        seqs = sorted(contents.values())
        found += [f"case {case_id} has two contents under seq {seq}" for seq in set(seqs) if seqs.count(seq) > 1]
        newest = max([*seqs, last[case_id].seq if case_id in last else 0])
        missing = set(range(1, newest + 1)) - set(seqs)
        found += [f"case {case_id} has no fact {seq} of {newest}" for seq in sorted(missing)]
    ended: dict[str, CaseState] = {}
    for case in journal.cases:
        if ended.get(case.case_id, case.state) is not case.state:
            found.append(f"case {case.case_id} ended as {ended[case.case_id]} and became {case.state}")
        if case.state in ENDS:
            ended[case.case_id] = case.state
    return found


def one_page_a_case(journal: Journal) -> list[str]:
    """I7: one dedup_key a case, the one that follows from its id; at most one incident of it is open."""
    pages = journal.of(Page)
    found = [
        f"{page.subject} pages as {page.dedup_key}" for page in pages if page.dedup_key != dedup_key(page.subject)
    ]
    subjects = {
        *journal.last(),
        *(one.aggregate_id for one in journal.aggregates),
        *(one.subject for one in pages),
    }
    keys = {dedup_key(subject) for subject in subjects}
    incidents: defaultdict[str, set[str]] = defaultdict(set)
    for one in journal.exchanges:
        if one.service != "pagerduty" or not one.done or one.sent.get("event_action") != "trigger":
            continue
        key = str(one.sent.get("dedup_key"))
        details = (one.sent.get("payload") or {}).get("custom_details") or {}
        incidents[details.get("case", key)].add(key)
        # The pipeline itself pages when it cannot read its log: those keys name no case.
        if key not in keys and "case" in details:
            found.append(f"PagerDuty took {key}, which is no case's key")
    found += [
        f"case {case_id} has incidents {sorted(keys)}" for case_id, keys in incidents.items() if len(keys) > 1
    ]
    return found


def verified_by_a_push(journal: Journal) -> list[str]:
    """I8: verified implies an allow, in time, for our push to that person, after the Yes, for the digest shown."""
    last = journal.last()
    told = {fact.case_id for fact in journal.facts if fact.kind is FactKind.VERIFIED}
    verified = [case_id for case_id, case in last.items() if case.state is CaseState.VERIFIED]
    found = [f"case {case_id} is verified, and no fact says so" for case_id in verified if case_id not in told]
    for fact in _once(journal.facts):
        if fact.kind is FactKind.VERIFIED:
            case = last.get(fact.case_id)
            objection = _objection(journal, case, fact) if case else "its state is unknown"
            if objection:
                found.append(f"case {fact.case_id} is verified, but {objection}")
    return found


def _objection(journal: Journal, case: Case, verified: Fact) -> str | None:
    mine = [one for one in journal.commands if one.at.partition == case.partition]
    txid = verified.data.get("txid")
    allows = [
        one for one in _told(mine, case, PushResult) if one.command.txid == txid and one.command.result == "allow"
    ]
    starts = [
        one for one in _told(mine, case, PushStarted) if one.command.txid == txid and one.at.offset < verified.src
    ]
    yes = [fact for fact in journal.facts if _is_yes(fact, case)]
    if verified.src not in {one.at.offset for one in allows}:
        return "no allow for its transaction came with that message"
    if not starts:
        return "its transaction was not recorded before"
    if not yes:
        return "nobody answered Yes"
    if verified.data.get("digest") != case.digest or case.digest != digest_of(case.fingerprints):
        return "the digest is not that of its calls"
    if all(
        prompt.question.digest != case.digest for prompt in journal.of(Prompt) if prompt.case_id == case.case_id
    ):
        return "its digest was never shown"
    return _push_objection(journal, case, verified, starts, yes[0])


def _push_objection(
    journal: Journal, case: Case, verified: Fact, starts: Sequence[Commanded], yes: Fact
) -> str | None:
    """What is wrong with the push: it must be ours, after the Yes, to the right person, and alive."""
    life_ms = case.timing.push_timeout_ms
    attempts = {start.command.attempt: start.at.at_ms for start in reversed(starts)}
    pushes = [one for one in journal.of(Push) if one.case_id == case.case_id and one.attempt in attempts]
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
    txids = [_duo_txid(one.answer) for one in journal.exchanges if one.route == "/auth/v2/auth"]
    if txids and verified.data.get("txid") not in txids:
        return "Duo gave no such transaction"
    sent = [
        dict(parse_qsl(str(one.sent.get("pushinfo")))) for one in journal.exchanges if one.route == "/auth/v2/auth"
    ]
    if sent and all(info.get("Case") != case.case_id for info in sent):
        return "Duo was sent no push of this case"
    return None


def _duo_txid(answer: Any) -> str | None:
    response = answer.get("response") if isinstance(answer, Mapping) else None
    return response.get("txid") if isinstance(response, Mapping) else None


def answered_by_the_person_asked(journal: Journal) -> list[str]:
    """I9: whatever an answer changed came with a click of the person asked, on the digest shown."""
    last = journal.last()
    found = []
    for fact in _once(journal.facts):
        case = last.get(fact.case_id)
        answer = "no" if fact.kind is FactKind.CONTRADICTED else fact.data.get("answer")
        if case is None or answer is None or fact.kind is FactKind.ANSWER_REFUSED:
            continue
        clicks = [
            one for one in journal.commands if (one.at.partition, one.at.offset) == (case.partition, fact.src)
        ]
        if not any(_is_theirs(one.command, case) for one in _told(clicks, case, Answered)):
            found.append(f"case {fact.case_id} took an answer that the person asked did not give")
    return found


def _is_theirs(click: Answered, case: Case) -> bool:
    return case.asked is not None and (click.user_id, click.digest) == (case.asked.slack, case.digest)


def covered_once(journal: Journal) -> list[str]:
    """I11: each fingerprint is in exactly one case, or ends with its verdict."""
    holders: defaultdict[bytes, list[str]] = defaultdict(list)
    for case in journal.last().values():
        for mark in fingerprints_of(case):
            holders[mark].append(case.case_id)
    found = [f"call {_named(mark)} is in cases {', '.join(ids)}" for mark, ids in holders.items() if len(ids) > 1]
    judged: defaultdict[bytes, set[End]] = defaultdict(set)
    for verdict in journal.verdicts:
        judged[bytes.fromhex(verdict.fingerprint)].add(verdict.end)
    for mark, ends in judged.items():
        if End.LOGGED in ends and (len(ends) > 1 or mark in holders):
            found.append(f"call {_named(mark)} is logged and more")
        if End.CASE in ends and mark not in holders:
            found.append(f"call {_named(mark)} is in no case")
    return found


def committed_is_readable(journal: Journal) -> list[str]:
    """I18: what the messages below the committed offsets of `calls` and `commands` caused lies on the log."""
    return _calls_answered(journal) + _facts_told(journal) + _effects_told(journal)


def _calls_answered(journal: Journal) -> list[str]:
    verdicts = {bytes.fromhex(verdict.fingerprint): verdict for verdict in journal.verdicts}
    commanded = {
        one.command.summary.fingerprint for one in journal.commands if isinstance(one.command, CallCommand)
    }
    bodies = {letter.body for letter in journal.dead_letters}
    found = []
    for called in journal.calls:
        if called.at.offset >= journal.committed.get((Topic.CALLS, called.at.partition), 0):
            continue
        verdict = verdicts.get(called.mark) if called.mark else None
        if verdict is None and bytes(called.call.record)[:BODY_BYTES] not in bodies:
            found.append(f"call {_named(called.mark)} at {called.at} is acknowledged without a verdict")
        if verdict is not None and verdict.end is End.CASE and called.mark not in commanded:
            found.append(f"call {_named(called.mark)} at {called.at} is acknowledged without its command")
    covered = {mark for case in journal.cases for mark in fingerprints_of(case)}
    for one in journal.commands:
        if isinstance(one.command, CallCommand) and _acknowledged(journal, one.at.partition, one.at.offset):
            mark = one.command.summary.fingerprint
            if mark not in covered:
                found.append(f"the command of call {_named(mark)} is acknowledged, and no case holds it")
    return found


def _facts_told(journal: Journal) -> list[str]:
    told = {msgspec.json.encode(fact) for fact in journal.facts}
    owed = {
        (case.partition, msgspec.json.encode(fact)): fact
        for case in journal.cases
        for fact in case.facts
        if _acknowledged(journal, case.partition, fact.src)
    }
    return [
        f"fact {fact.seq} of case {fact.case_id} is acknowledged and not on the log"
        for (_, content), fact in owed.items()
        if content not in told
    ]


def _effects_told(journal: Journal) -> list[str]:
    """An effect is told once it left; what the last state still owes must have been told at least once."""
    told = {(_subject(effect), type(effect).__name__.lower(), effect.attempt) for effect in journal.effects}
    return [
        f"effect {item.kind}:{item.attempt} of case {case.case_id} is acknowledged and not on the log"
        for case in journal.last().values()
        if _acknowledged(journal, case.partition, case.src)
        for item in case.outbox
        if item.kind is not EffectKind.FOLD and (case.case_id, str(item.kind), item.attempt) not in told
    ]


def _acknowledged(journal: Journal, partition: int, offset: int) -> bool:
    return offset < journal.committed.get((Topic.COMMANDS, partition), 0)


def _subject(effect: Any) -> str:
    return str(effect.subject if isinstance(effect, Page) else effect.case_id)


def _told(commands: Sequence[Commanded], case: Case, kind: type) -> list[Any]:
    """The commands of a kind that speak of a case."""
    return [
        one
        for one in commands
        if isinstance(one.command, kind)
        and (one.command.subject if isinstance(one.command, PageAccepted) else one.command.case_id) == case.case_id
    ]


def _is_yes(fact: Fact, case: Case) -> bool:
    return fact.case_id == case.case_id and fact.kind is FactKind.ANSWERED and fact.data.get("answer") == "yes"


def _once(facts: Sequence[Fact]) -> list[Fact]:
    """The facts without those that were told again."""
    return list({(fact.case_id, fact.seq): fact for fact in facts}.values())


def _named(mark: bytes | None) -> str:
    return mark.hex()[:12] if mark else "unreadable"


def _listed(reached: set[str]) -> str:
    return " and ".join(sorted(reached)) or "nothing"
