"""A source identity that a grant of the session contradicts is not believed, through however many roles."""

import pytest
from msgspec.structs import replace

from agents.decisions.directory import Account, Directory, Person, PinnedRole
from streams.records.actor import Confidence
from tests.support.flow import Flow, policy
from tests.support.journal import Journal
from tests.support.sessions import A, B, across, assume, made, session, user

MS = 1_000
ROLE = PinnedRole(f"arn:aws:iam::{A}:role/pinned", "ada")
PEOPLE = [
    Person("ada", "Ada", "Uada", "ada", source_identity=("ada",), iam={A: ("ada",)}, roles=(ROLE,)),
    Person("linus", "Linus", "Ulinus", "linus", source_identity=("linus",), iam={A: ("linus",)}),
]
HELD = policy()._replace(directory=Directory(PEOPLE), feeds=frozenset({A, B}))


def named_after(person: str, key: str, role: str, account: str = A, name: str = "x"):
    """The identity of a session with a source identity."""
    identity = session(key, role, name, account)
    identity["sessionContext"]["sourceIdentity"] = person
    return identity


def assumed(number: int, caller, key: str, role: str, person: str, name: str = "x"):
    """An AssumeRole that sets a source identity."""
    record = assume(number, caller, key, role, name)
    record["requestParameters"]["sourceIdentity"] = person
    return record


def settled(*frames, held=HELD) -> tuple[Flow, Journal]:
    """Each step is a list of records that come as one frame, or seconds that pass."""
    flow = Flow(held)
    for frame in frames:
        if isinstance(frame, list):
            flow.calls(frame)
        else:
            flow.pass_time(frame * MS)
    return flow, flow.settle()


def verdict_of(journal: Journal, event_id: str):
    (verdict,) = [one for one in journal.verdicts if one.event_id == event_id]
    return verdict


def incidents(journal: Journal) -> list[str]:
    return [case.incident.summary for case in journal.last().values() if case.kind == "incident"]


def reason(journal: Journal) -> set[str | None]:
    return {case.reason for case in journal.last().values() if case.kind == "question"}


ONE, TWO = named_after("ada", "ASIAONE", "deploy"), named_after("ada", "ASIATWO", "admin")
BY_LINUS = assumed(1, user("linus"), "ASIAONE", "deploy", "ada")


def test_a_grant_that_names_another_person_makes_a_source_identity_worth_nothing():
    flow, journal = settled([BY_LINUS], [made(1, ONE)])
    verdict = verdict_of(journal, "e1")
    assert (verdict.asked, verdict.actor.person, verdict.actor.confidence) == (None, None, Confidence.LOW)
    assert "the session's source identity is ada, and a grant says that it is of linus" in verdict.actor.why
    assert reason(journal) == {"contradicted"}
    assert "effects-slack" not in flow.log.messages


def test_it_does_not_come_back_by_taking_a_further_role():
    second = assume(2, ONE, "ASIATWO", "admin", "x")
    third = assume(3, TWO, "ASIATRE", "audit", "x")
    _, journal = settled(
        [BY_LINUS], [second], [third], [made(1, TWO), made(2, named_after("ada", "ASIATRE", "audit"))]
    )
    assert [verdict_of(journal, one).asked for one in ("e1", "e2")] == [None, None]
    assert reason(journal) == {"contradicted"}


SECOND = assume(2, ONE, "ASIATWO", "admin", "x")


@pytest.mark.parametrize(
    "steps",
    [([BY_LINUS, SECOND],), ([SECOND, BY_LINUS],), ([SECOND], [BY_LINUS]), ([SECOND], 1, [BY_LINUS], 600)],
    ids=["one frame", "one frame, the second first", "the second first", "long ago"],
)
def test_a_further_role_taken_before_the_grant_is_known_waits_for_it(steps):
    _, journal = settled(*steps, 60, [made(1, TWO)])
    assert verdict_of(journal, "e1").asked is None
    assert "contradicted" in reason(journal)


def test_a_colleagues_own_session_is_not_held_up_by_that():
    own = assumed(1, user("ada"), "ASIAONE", "deploy", "ada")
    _, journal = settled([SECOND, own], [made(1, TWO)])
    assert verdict_of(journal, "e1").asked == "ada"
    assert incidents(journal) == []


def test_a_person_whose_id_was_changed_contradicts_nobody():
    before = Directory([replace(PEOPLE[0], id="ada.l"), PEOPLE[1]])
    flow = Flow(HELD._replace(directory=before))
    flow.calls([assumed(1, user("ada"), "ASIAONE", "deploy", "ada")])
    flow.policy = HELD
    flow.calls([made(1, ONE)])
    assert verdict_of(flow.settle(), "e1").asked == "ada"


@pytest.mark.parametrize("early", [True, False])
def test_whoever_names_a_session_after_a_colleague_is_paged_about_in_any_order(early):
    steps = ([BY_LINUS], [made(1, ONE)]) if early else ([made(1, ONE)], 5, [BY_LINUS])
    _, journal = settled(*steps)
    (summary,) = incidents(journal)
    assert "session ASIAONE is of several people: ada and linus" in summary


def test_across_accounts_the_callers_own_copy_tells_and_the_call_itself_stays_the_callers():
    theirs, own = across(1, user("linus"), "ASIAFAR", "audit", "x")
    for copy in (theirs, own):
        copy["requestParameters"]["sourceIdentity"] = "ada"
    _, journal = settled([theirs, own], [made(1, named_after("ada", "ASIAFAR", "audit", B))])
    assert verdict_of(journal, "e1").asked is None
    (summary,) = incidents(journal)
    assert "ASIAFAR" in summary


def test_a_name_that_a_role_pins_is_doubted_like_a_source_identity():
    grant = assume(1, user("linus"), "ASIAPIN", "pinned", "ada")
    _, journal = settled([grant], [made(1, session("ASIAPIN", "pinned", "ada"))])
    assert (verdict_of(journal, "e1").asked, reason(journal)) == (None, {"contradicted"})


def test_it_pages_although_the_account_would_ask_its_owner():
    owned = Directory(PEOPLE, [Account(A, "production", "ada", (), {Confidence.LOW: "owner"})])
    _, journal = settled([BY_LINUS], [made(1, ONE)], held=HELD._replace(directory=owned))
    assert (verdict_of(journal, "e1").asked, reason(journal)) == (None, {"contradicted"})


@pytest.mark.parametrize(
    "caller", [user("ada"), user("broker"), {"type": "AWSService", "invokedBy": "x.amazonaws.com"}]
)
def test_a_grant_of_the_same_person_of_a_broker_or_of_nobody_takes_nothing_away(caller):
    _, journal = settled([assumed(1, caller, "ASIAONE", "deploy", "ada")], [made(1, ONE)])
    verdict = verdict_of(journal, "e1")
    assert (verdict.asked, verdict.actor.confidence) == ("ada", Confidence.HIGH)
    assert incidents(journal) == []


def test_without_a_grant_a_source_identity_is_believed_at_once():
    flow = Flow(HELD)
    flow.calls([made(1, ONE)])
    assert flow.triage.waiting(0) == 0
    assert verdict_of(flow.settle(), "e1").asked == "ada"


def test_a_grant_for_another_session_of_the_key_says_nothing():
    _, journal = settled([assumed(1, user("linus"), "ASIAONE", "other", "linus")], [made(1, ONE)])
    assert verdict_of(journal, "e1").asked == "ada"
