"""Checks: what must hold after every run, by the log and by the ledgers of the vendors."""

from collections import defaultdict
from itertools import pairwise
from typing import Any

import msgspec

from agents.decisions.case.ids import dedup_key
from agents.decisions.judge import Policy, judge
from streams.records.account import account_of
from streams.records.codec import from_wire
from streams.records.fact import FactKind
from streams.records.verdict import Verdict, VerdictFrame
from streams.topics import Topic, changelog
from tables.people import OPEN
from tests.simulation.bounds import in_time
from tests.simulation.chains import Twin, expected
from tests.simulation.company import T0, policy
from tests.support.checker import check_all
from tests.support.journal import Journal, read_journal


def check(world: Any) -> list[str]:
    """Every finding, each with the invariant's name in front."""
    journal = read_journal(world.log)
    _cover(world, journal)
    found = check_all(journal)
    for name, judged in (
        ("I3", in_time(world, journal)),
        ("I7", _one_incident(world, journal)),
        ("I8", _countersigned(world, journal)),
        ("fraud", _doubted(journal)),
        ("asked twice", _asked_twice(world)),
        ("pushed twice", _pushed_twice(world)),
        ("I12", _judged_alike(world)),
        ("sessions", _put_down_to(world)),
    ):
        found += [f"{name}: {finding}" for finding in judged]
    return found


def _one_incident(world: Any, journal: Journal) -> list[str]:
    """Every key that PagerDuty has is one case's or one aggregate's; what is paged, PagerDuty has."""
    subjects = {*journal.last(), *(one.aggregate_id for one in journal.aggregates)}
    known = {dedup_key(subject) for subject in subjects}
    taken = {key for _, key, _ in world.pagerduty.triggers}
    found = [f"PagerDuty has {key}, which is no case's" for key in taken - known if "pipeline" not in key]
    for fact in journal.facts:
        if fact.kind is FactKind.PAGED and dedup_key(fact.case_id) not in taken:
            found.append(f"case {fact.case_id} is paged, and PagerDuty has no such incident")
        if fact.kind is FactKind.REPORTED and dedup_key(fact.data.get("aggregate", "")) not in taken:
            found.append(f"case {fact.case_id} is reported by an aggregate that PagerDuty does not have")
    return found


def _countersigned(world: Any, journal: Journal) -> list[str]:
    """Verified: the person asked said Yes to the digest that Slack showed, and allowed the push on their phone."""
    found = []
    last = journal.last()
    people = {person.id: person for person in world.policy.directory.people.values()}
    for fact in journal.facts:
        if fact.kind is not FactKind.VERIFIED:
            continue
        case = last[fact.case_id]
        assert case.asked is not None
        person = people[case.asked.person]
        push = world.duo.pushes.get(fact.data["txid"])
        yes = [
            at_ms
            for at_ms, click in world.people.clicks
            if (click.case_id, click.user_id, click.answer) == (case.case_id, person.slack, "yes")
            and click.digest == fact.data["digest"] == case.digest
        ]
        shown = [one for one in world.slack.posts if one.case_id == case.case_id]
        if push is None or push.result != "allow":
            found.append(f"case {case.case_id} is verified, and nobody allowed its push")
        elif push.user != person.duo or push.info.get("Case") != case.case_id:
            found.append(f"case {case.case_id} is verified by a push to {push.user} about {push.info.get('Case')}")
        elif not yes or min(yes) > push.at_ms:
            found.append(f"case {case.case_id} is verified by a push that no Yes came before")
        if not shown or any(one.channel != f"D{person.slack}" for one in shown):
            found.append(f"case {case.case_id} is verified, and was not shown to {person.id} alone")
    return found


def _doubted(journal: Journal) -> list[str]:
    """A fraud report escalates whatever the person has open."""
    found = []
    last, facts = journal.last(), journal.facts_of()
    for report in journal.facts_once():
        if report.kind is not FactKind.PUSH_ANSWERED or report.data.get("result") != "fraud":
            continue
        reported = last[report.case_id]
        before = {case.case_id: case for case in journal.cases if case.src < report.src}
        for case in before.values():
            theirs = case.partition == reported.partition and case.asked == reported.asked
            if not theirs or case.state not in OPEN or case.case_id == report.case_id:
                continue
            if not any(fact.src <= report.src for fact in facts[case.case_id] if fact.kind is FactKind.ESCALATED):
                found.append(f"case {case.case_id} is open after fraud was reported with {report.case_id}")
    return found


def _asked_twice(world: Any) -> list[str]:
    """A second message of a case comes only where the answer to every earlier one was lost."""
    posts = defaultdict(list)
    for one in world.slack.posts:
        if one.case_id is not None:
            posts[one.case_id].append(one)
    found = []
    for case_id, each in posts.items():
        known = [one.known for one in each if one.known is not None]
        if len(each) > 1:
            world.cover["rare", "asked twice"] += 1
        if len(each) > 1 and known:
            world.cover["known", f"asked twice {known[0]}"] += 1
        elif any(one.answered for one in each[:-1]):
            times = [f"{(one.at_ms - T0) / 1000:.3f} heard={one.answered}" for one in each]
            found.append(f"case {case_id} was asked at {times}")
    return found


def _pushed_twice(world: Any) -> list[str]:
    """One live push a person: the next one comes when the last is answered or its life has passed."""
    found = []
    pushes = sorted(world.duo.pushes.values(), key=lambda one: (one.user, one.at_ms))
    for one, then in pairwise(pushes):
        about, then_about = one.info.get("Case"), then.info.get("Case")
        if about == then_about:
            world.cover["rare", "pushed again"] += 1
        over_ms = one.ended_ms if one.ended_ms is not None else one.at_ms + 60_000
        if one.user != then.user or then.at_ms >= over_ms:
            continue
        if then.known is not None:
            world.cover["known", f"pushed twice {then.known}"] += 1
            continue
        at_s, over_s = (then.at_ms - T0) / 1000, (over_ms - T0) / 1000
        told = f"{then.txid} ({then_about}) at {at_s:.3f} and {one.txid} ({about}) until {over_s:.3f}"
        found.append(f"{one.user} has {told}")
    return found


def _judged_alike(world: Any) -> list[str]:
    """Order, copies and crashes change no judgement: each verdict is the one its record deserves; late is late.

    New rules judge new calls only: whatever comes again keeps the action it was given first.
    """
    found = []
    first: dict[tuple[str, str], str] = {}
    versions = [policy(tight=world.schedule.tight, stricter=stricter) for stricter in (False, True)]
    for verdict in _verdicts(world):
        fields = msgspec.json.decode(verdict.record)
        alone = [_alone(fields, verdict, version) for version in versions]
        if (verdict.action, verdict.end, verdict.rules, verdict.late) not in alone:
            found.append(f"call {verdict.fingerprint[:12]} was judged {verdict.action}, alone it is {alone}")
        if first.setdefault((verdict.fingerprint, verdict.end), verdict.action) != verdict.action:
            found.append(f"call {verdict.fingerprint[:12]} was judged twice, and not alike")
        late = verdict.received_ms - (verdict.event_time_ms or 0) > world.policy.lateness_ms
        if late is not verdict.late:
            found.append(f"I13: call {verdict.fingerprint[:12]} is late={late} and marked {verdict.late}")
    return found


def _put_down_to(world: Any) -> list[str]:
    """A call under a session is its holder's or nobody's; where nothing else goes wrong, the grants say which."""
    arrivals = world.schedule.chained
    calls = {f"e{one.call.number}": one.call for one in arrivals if one.call.event is not None}
    found = []
    for verdict in _verdicts(world):
        call = calls.get(verdict.event_id or "")
        if call is None or verdict.action == "log":
            continue
        may = expected(arrivals, call)
        if not world.schedule.quiet or verdict.action != "notify":
            may = {None, call.who if isinstance(call, Twin) else call.chain.who}
        what = "twin" if isinstance(call, Twin) else "session"
        world.cover[what, "joined" if verdict.asked else "not joined"] += 1
        if verdict.asked not in may:
            found.append(f"call {verdict.event_id} is put down to {verdict.asked}, not to one of {may}")
    return found


def _alone(fields: Any, verdict: Verdict, version: Policy) -> tuple[Any, ...]:
    """What a record deserves under a version of the rules, whatever came before it."""
    decision = judge(
        fields,
        account=account_of(fields, None),
        policy=version,
        received_ms=verdict.received_ms,
        backfill=verdict.feed.backfill,
    ).decision
    assert decision is not None
    return decision.action, decision.end, decision.rules, decision.late


def _cover(world: Any, journal: Journal) -> None:
    """Count what was reached."""
    for verdict in _verdicts(world):
        world.cover["end", str(verdict.end)] += 1
        if verdict.late:
            world.cover["input", "late"] += 1
    for _ in journal.dead_letters:
        world.cover["end", "dead-lettered"] += 1
    for case in journal.last().values():
        world.cover["end", str(case.state)] += 1
        if case.reason is not None:
            world.cover["reason", case.reason] += 1
    for fact in journal.facts:
        world.cover["fact", str(fact.kind)] += 1
        if fact.data.get("by") == "watchdog":
            world.cover["rare", "watchdog paged"] += 1
    for one in journal.aggregates:
        world.cover["rare", "low aggregate" if one.urgency == "low" else "aggregate"] += 1
    _cover_input(world)


def _cover_input(world: Any) -> None:
    """Count what came in twice, and what former owners wrote late."""
    for (topic, _), epochs in world.log.epochs.items():
        if topic == changelog("cases") and any(then < one for one, then in pairwise(epochs)):
            world.cover["rare", "late write of a former owner"] += 1
    numbers = [made.number for delivery in world.schedule.deliveries for made in delivery.calls]
    if len(numbers) > len(set(numbers)):
        world.cover["input", "duplicate"] += 1


def _verdicts(world: Any) -> list[Verdict]:
    """Every verdict on the log."""
    values = [
        one.value
        for partition in range(world.log.count)
        for one in world.log.read(Topic.VERDICTS, partition, 0, 1_000_000)
    ]
    return [verdict for value in values for verdict in from_wire(VerdictFrame, value).verdicts]
