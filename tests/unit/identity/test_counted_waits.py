"""A call that a counting rule asks about, under a session that is not known yet: it waits, and counts once."""

from agents.decisions.rules import RuleSet
from agents.decisions.rules.past import CountCondition
from agents.decisions.rules.when import ActorCondition, When
from streams.records.actor import ActorKind
from streams.records.verdict import Action
from tests.support.flow import policy
from tests.support.rules import rule
from tests.support.sessions import assume, made, session, user
from tests.support.triage_run import TriageRun

CREATED = {"eventName": ["CreateUser"]}
TWICE = CountCondition(2, 600_000)
ONE = session("ASIAONE", "deploy", "botocore-session-1")
GRANT = assume(1, user("ada"), "ASIAONE", "deploy", "botocore-session-1")


def held(when: When):
    return policy()._replace(rules=RuleSet([rule(CREATED, when=when, action=Action.NOTIFY)], "v1"))


def played(when: When, *frames) -> TriageRun:
    run = TriageRun(held(when))
    for frame in frames:
        run.calls(frame)
        run.handle()
    return run


def test_what_waits_is_judged_by_what_was_counted_when_it_came():
    run = played(When(count=TWICE), [made(1, ONE), made(2, ONE)], [GRANT])
    assert run.told == {"e2": {("notify", "case", "ada")}}


def test_without_a_grant_it_is_judged_so_when_its_wait_is_over():
    run = played(When(count=TWICE), [made(1, ONE), made(2, ONE)])
    assert run.told == {}
    run.now_ms += run.policy.grant_wait_ms
    run.handle()
    assert run.told == {"e2": {("notify", "case", None)}}


def test_it_counts_once_however_often_its_frame_comes():
    run = played(When(count=CountCondition(3, 600_000)), [made(1, ONE), made(2, ONE)], [made(2, ONE)], [GRANT])
    assert run.told == {}


def test_calls_count_whose_caller_only_a_grant_will_tell():
    person = When(count=TWICE, actor=ActorCondition(kind=frozenset({ActorKind.PERSON})))
    run = played(person, [made(1, ONE)], [GRANT], [made(2, ONE)])
    assert run.told == {"e2": {("notify", "case", "ada")}}
