"""Calls under temporary keys find the person who began the chain, whenever the grants come; or they page."""

import pytest

from agents.audit.judging import terms_of
from agents.decisions.audit.registry import judged
from agents.decisions.directory import Directory, Person, PinnedRole
from streams.records.actor import Confidence
from streams.topics import Topic
from tests.support import checker
from tests.support.flow import Flow, policy
from tests.support.journal import Journal
from tests.support.sessions import A, B, across, assume, elsewhere, made, session, user

MS = 1_000
BOTH = policy()._replace(feeds=frozenset({A, B}))


def settled(*steps, held=BOTH) -> tuple[Flow, Journal]:
    """Each step is a list of records that come as one frame, or seconds that pass."""
    flow = Flow(held)
    for step in steps:
        if isinstance(step, list):
            flow.calls(step)
        else:
            flow.pass_time(step * MS)
    journal = flow.settle()
    assert found(flow, journal) == []
    return flow, journal


def found(flow: Flow, journal: Journal) -> list[str]:
    """What the auditor says of it."""
    terms = terms_of(flow.policy, "sqlite:///x.db")
    return [f"{check.invariant}: {one}" for check, findings in judged(journal, terms) for one in findings]


def verdict_of(journal: Journal, event_id: str):
    (verdict,) = [one for one in journal.verdicts if one.event_id == event_id]
    return verdict


def end_of(journal: Journal, event_id: str) -> str:
    mark = bytes.fromhex(verdict_of(journal, event_id).fingerprint)
    (state,) = {str(case.state) for case in journal.last().values() if mark in set(checker.fingerprints_of(case))}
    return state


ONE = session("ASIAONE", "deploy", "botocore-session-1")
TWO = session("ASIATWO", "admin", "grace")
FIRST = assume(1, user("ada"), "ASIAONE", "deploy", "botocore-session-1")
SECOND = assume(2, ONE, "ASIATWO", "admin", "grace")


@pytest.mark.parametrize(
    "steps",
    [
        ([FIRST], [SECOND], [made(1, TWO)]),
        ([FIRST, SECOND, made(1, TWO)],),
        ([made(1, TWO)], 5, [SECOND], 5, [FIRST]),
        ([SECOND], 20, [made(1, TWO)], 9, [FIRST]),
        ([made(1, TWO)], [made(1, TWO)], [SECOND, SECOND], 29, [FIRST], [SECOND], [FIRST], [made(1, TWO)]),
    ],
)
def test_a_chain_of_roles_leads_to_the_first_person_in_whatever_order_it_comes(steps):
    _, journal = settled(*steps)
    verdict = verdict_of(journal, "e1")
    assert (verdict.asked, verdict.actor.person, verdict.actor.confidence) == ("ada", "ada", Confidence.HIGH)
    assert "joined through 2 hops from IAM user ada" in verdict.actor.why
    assert end_of(journal, "e1") == "verified"


def test_the_name_of_a_session_leads_nobody_to_a_question():
    """Threat T5: the session is named as a colleague; her grant is missing."""
    flow, journal = settled([made(1, TWO)])
    verdict = verdict_of(journal, "e1")
    assert (verdict.asked, verdict.actor.claim, end_of(journal, "e1")) == (None, "grace", "paged")
    assert "effects-slack" not in flow.log.messages


def test_a_call_waits_for_its_grant_no_longer_than_it_may():
    flow = Flow(BOTH)
    flow.calls([made(1, TWO)])
    flow.pass_time(29 * MS)
    assert flow.log.messages[Topic.VERDICTS] == []
    flow.pass_time(1 * MS)
    assert len(flow.log.messages[Topic.VERDICTS]) == 1
    flow.calls([SECOND, FIRST])  # too late: it is decided
    journal = flow.settle()
    assert end_of(journal, "e1") == "paged"
    assert found(flow, journal) == []


def test_an_alert_whoever_made_it_and_a_logged_call_do_not_wait():
    flow = Flow(BOTH)
    flow.calls([made(1, TWO, "DeleteUser"), made(2, TWO, "TagUser")])
    assert len(flow.log.messages[Topic.VERDICTS]) == 1
    assert flow.triage.waiting(0) == 0


def test_an_alert_names_the_person_where_the_grant_is_there():
    _, journal = settled([FIRST, SECOND], [made(1, TWO, "DeleteUser")])
    assert verdict_of(journal, "e1").asked == "ada"


def test_a_chain_that_begins_with_nobody_is_told_at_once():
    flow = Flow(BOTH)
    service = {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
    flow.calls([assume(1, service, "ASIAONE", "deploy", "i-0123456789abcdef0")])
    flow.calls([made(1, session("ASIAONE", "deploy", "i-0123456789abcdef0"))])
    journal = flow.settle()
    verdict = verdict_of(journal, "e1")
    assert (verdict.asked, str(verdict.actor.kind)) == (None, "workload")
    assert "ec2.amazonaws.com" in verdict.actor.why
    assert end_of(journal, "e1") == "paged"


FAR = session("ASIAFAR", "audit", "x", B)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("early", [True, False])
def test_across_accounts_both_copies_together_name_the_person(order, early):
    copies = across(1, user("ada"), "ASIAFAR", "audit", "x")
    grants = [[copies[number]] for number in order]
    call = [made(1, FAR)]
    _, journal = settled(*([*grants, call] if early else [call, 3, *grants]))
    assert verdict_of(journal, "e1").asked == "ada"


def test_across_accounts_neither_copy_alone_proves_anything():
    for copy in across(1, user("ada"), "ASIAFAR", "audit", "x"):
        _, journal = settled([copy], [made(1, FAR)])
        assert (verdict_of(journal, "e1").asked, end_of(journal, "e1")) == (None, "paged")


def test_no_account_names_another_accounts_person():
    """Threat T6: B's records are B's own to forge. None of them makes ada the one who called."""
    ada = user("ada")
    forged = [
        assume(1, ada, "ASIAFAR", "audit", "x", B, recorded_in=B),
        assume(2, ada, "ASIAFAR", "audit", "x", B, recorded_in=B, sharedEventID="shared-1"),
        assume(3, elsewhere(ada), "ASIAFAR", "audit", "x", B, sharedEventID="shared-1"),
        made(9, ada, recipientAccountId=B, sharedEventID="shared-1"),
    ]
    _, journal = settled(forged, [made(1, FAR)])
    assert (verdict_of(journal, "e1").asked, end_of(journal, "e1")) == (None, "paged")


def test_no_account_puts_its_calls_down_to_another_accounts_session():
    _, journal = settled([FIRST], [made(1, ONE, recipientAccountId=B)])
    assert (verdict_of(journal, "e1").asked, end_of(journal, "e1")) == (None, "paged")


def test_a_key_of_another_session_says_nothing():
    _, journal = settled([FIRST], [made(1, session("ASIAONE", "other", "botocore-session-1"))])
    assert (verdict_of(journal, "e1").asked, end_of(journal, "e1")) == (None, "paged")


@pytest.mark.parametrize("first", ["ada", "linus"])
def test_two_grants_that_name_different_people_contradict_and_page(first):
    second = "linus" if first == "ada" else "ada"
    grants = [
        assume(1, user(first), "ASIAONE", "deploy", "botocore-session-1"),
        assume(2, user(second), "ASIAONE", "deploy", "botocore-session-1"),
    ]
    flow, journal = settled(grants, [made(1, ONE)])
    assert (verdict_of(journal, "e1").asked, end_of(journal, "e1")) == (None, "paged")
    incidents = [case for case in journal.last().values() if case.kind == "incident"]
    assert [case.incident.kind for case in incidents] == ["contradicted_session"]
    assert "ada and linus" in incidents[0].incident.summary
    assert "effects-slack" not in flow.log.messages


def test_a_contradiction_that_comes_after_the_question_pages_all_the_same_and_asks_no_more():
    grants = [assume(number, user(who), "ASIAONE", "deploy", "x") for number, who in ((1, "ada"), (2, "linus"))]
    one = session("ASIAONE", "deploy", "x")
    _, journal = settled([grants[0]], [made(1, one)], 5, [grants[1], grants[1]], [made(2, one)])
    assert [verdict_of(journal, event).asked for event in ("e1", "e2")] == ["ada", None]
    assert [end_of(journal, event) for event in ("e1", "e2")] == ["verified", "paged"]
    incidents = [case for case in journal.last().values() if case.kind == "incident"]
    assert [(case.incident.kind, str(case.state)) for case in incidents] == [("contradicted_session", "paged")]


def test_another_accounts_copy_of_a_call_is_the_callers_own():
    ada = user("ada")
    theirs = made(1, elsewhere(ada), recipientAccountId=B, sharedEventID="shared-7")
    own = made(2, ada, sharedEventID="shared-7")
    for steps in (([theirs], 5, [own]), ([own], [theirs])):
        _, journal = settled(*steps)
        assert [verdict_of(journal, event).asked for event in ("e1", "e2")] == ["ada", "ada"]
        assert len([case for case in journal.last().values() if case.kind == "question"]) == 1


def test_another_accounts_copy_waits_only_for_accounts_that_we_hear():
    theirs = made(1, elsewhere(user("ada")), recipientAccountId=B, sharedEventID="shared-7")
    flow = Flow(policy()._replace(feeds=frozenset({B})))
    flow.calls([theirs])
    assert flow.triage.waiting(0) == 0


def test_a_twin_must_be_the_same_call_by_the_same_caller():
    ada = user("ada")
    own = made(2, ada, sharedEventID="shared-7")
    others = [
        made(1, elsewhere(ada), recipientAccountId=B, sharedEventID="shared-7", eventName="CreateAccessKey"),
        made(1, elsewhere(user("grace")), recipientAccountId=B, sharedEventID="shared-7"),
        made(1, elsewhere(ada), recipientAccountId=B, sharedEventID="shared-8"),
    ]
    for other in others:
        _, journal = settled([own], [other])
        assert verdict_of(journal, "e1").asked is None


def test_confidence_is_no_higher_than_that_of_the_first_hop():
    pinned = session("ASIAZERO", "pinned", "ada")
    flow = Flow(BOTH)
    role = PinnedRole(f"arn:aws:iam::{A}:role/pinned", "ada")
    flow.policy = BOTH._replace(directory=Directory([Person("ada", "Ada", "Uada", "ada", roles=(role,))]))
    flow.calls([assume(1, pinned, "ASIAONE", "deploy", "botocore-session-1"), made(1, ONE)])
    assert verdict_of(flow.settle(), "e1").actor.confidence is Confidence.MEDIUM
