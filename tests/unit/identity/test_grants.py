"""Grants: what records say of sessions, and what several of them prove together, in any order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.decisions.grants import MAX_ACCOUNTS, MAX_OF_ACCOUNT, add_grant, contradiction, held
from agents.decisions.issuing import SESSION_CALLS, grants_of, issues_session
from agents.decisions.times import expiration_ms
from streams.records.actor import Actor, ActorKind, Confidence
from streams.records.grant import Grant, Holder, Proof
from tests.support.cases import T0
from tests.support.examples import examples
from tests.support.sessions import A, B, across, arn_of, assume, elsewhere, made, session, user

HOUR_MS = 3_600_000
SUBJECT = arn_of("deploy", "x")


def said_by(record, account: str) -> list[Grant]:
    return grants_of(record, account, b"\x01" * 32, T0)


def actor(person: str | None) -> Actor:
    if person is None:
        return Actor(ActorKind.UNKNOWN, None, "x", Confidence.LOW, "nothing proves it", A)
    return Actor(ActorKind.PERSON, person, person, Confidence.HIGH, f"IAM user {person}")


def grant(source: int, person: str | None = None, proof: Proof = Proof.WHOLE, hops: int = 1, **changes) -> Grant:
    holder = None if proof is Proof.ROLE else Holder(actor(person), hops)
    given = {
        "key": "ASIA1",
        "subject": SUBJECT,
        "account": A,
        "principal": "AIDA1",
        "shared": "s1",
        "until_ms": T0,
    }
    return Grant(proof=proof, source=f"{source:064x}", holder=holder, **given | changes)


def session_of(*grants: Grant):
    found = None
    for one in grants:
        found = add_grant(found, one)
    return found


def test_an_answer_with_credentials_issues_a_session_and_nothing_else_does():
    record = assume(1, user("ada"), "ASIA1", "deploy", "x")
    assert issues_session(record)
    for name in SESSION_CALLS:
        assert issues_session(record | {"eventName": name})
    refused = record | {"errorCode": "AccessDenied", "responseElements": None}
    for other in (refused, made(1, user("ada")), {}, record | {"responseElements": {"credentials": "x"}}):
        assert not issues_session(other)
        assert said_by(other, A) == []


def test_an_account_is_believed_about_itself_alone():
    record = assume(1, user("ada"), "ASIA1", "deploy", "x")
    (whole,) = said_by(record, A)
    assert (whole.proof, whole.subject) == (Proof.WHOLE, SUBJECT)
    theirs, own = across(1, user("ada"), "ASIA1", "deploy", "x")
    assert [one.proof for one in said_by(theirs, B)] == [Proof.ROLE]
    assert [one.proof for one in said_by(own, A)] == [Proof.CALLER, Proof.TWIN]
    assert said_by(record, B) == []
    assert [one.proof for one in said_by(own, B)] == [Proof.ROLE]
    assert said_by(theirs, A) == [] or all(one.proof is not Proof.WHOLE for one in said_by(theirs, A))


def test_callers_without_an_account_are_the_roles_own():
    saml = {"type": "SAMLUser", "principalId": "p:ada", "userName": "ada", "identityProvider": "p"}
    for caller in (saml, {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}):
        (one,) = said_by(assume(1, caller, "ASIA1", "deploy", "x"), A)
        assert one.proof is Proof.WHOLE


def test_the_sessions_arn_is_made_of_the_request_where_the_answer_lacks_it():
    record = assume(1, user("ada"), "ASIA1", "deploy", "x")
    del record["responseElements"]["assumedRoleUser"]
    record["requestParameters"]["roleArn"] = f"arn:aws:iam::{A}:role/some/path/deploy"
    (one,) = said_by(record, A)
    assert one.subject == SUBJECT


def test_federation_and_session_tokens_are_grants_too():
    credentials = {"credentials": {"accessKeyId": "ASIA1"}}
    federated = credentials | {"federatedUser": {"arn": f"arn:aws:sts::{A}:federated-user/x"}}
    for name, answer, subject in (
        ("GetFederationToken", federated, f"arn:aws:sts::{A}:federated-user/x"),
        ("GetSessionToken", credentials, user("ada")["arn"]),
    ):
        record = assume(
            1, user("ada"), "", "", "", eventName=name, requestParameters=None, responseElements=answer
        )
        (one,) = said_by(record, A)
        assert (one.key, one.subject, one.until_ms) == ("ASIA1", subject, T0 + 36 * HOUR_MS)


def test_what_is_too_long_to_be_of_aws_is_not_kept():
    assert said_by(assume(1, user("ada"), "A" * 600, "deploy", "x"), A) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Jul 18, 2014 4:07:39 PM", 1_405_699_659_000),
        ("Jul 18, 2014, 4:07:39 PM", 1_405_699_659_000),
        ("Jul 18, 2014, 4:07:39\u202fPM", 1_405_699_659_000),
        ("Jul 18, 2014 12:07:39 AM", 1_405_642_059_000),
        ("2014-07-18T16:07:39Z", 1_405_699_659_000),
        ("Foo 18, 2014 4:07:39 PM", None),
        ("Feb 31, 2014 4:07:39 PM", None),
        (None, None),
        (17, None),
    ],
)
def test_an_expiration_is_read_in_each_of_its_forms(text, wanted):
    assert expiration_ms(text) == wanted


def test_no_record_keeps_a_session_for_longer_than_sts_gives():
    answer = {"credentials": {"accessKeyId": "ASIA1", "expiration": "Jan 1, 2999, 4:07:39 PM"}}
    (one,) = said_by(assume(1, user("ada"), "ASIA1", "deploy", "x", responseElements=answer), A)
    assert one.until_ms == T0 + 36 * HOUR_MS


def test_a_grant_that_names_somebody_replaces_one_that_does_not():
    for both in ((grant(1), grant(1, "ada")), (grant(1, "ada"), grant(1)), (grant(1), grant(2, "ada"))):
        found = held(session_of(*both), SUBJECT)
        assert found.holder == Holder(actor("ada"), 1)
        assert not found.contradicts


def test_grants_that_name_different_people_contradict_each_other():
    found = session_of(grant(1, "ada"), grant(2, "grace"))
    assert contradiction(found) == {"ada", "grace"}
    assert held(found, SUBJECT).holder is None


def test_a_grant_of_the_same_key_for_another_session_says_nothing():
    found = session_of(grant(1, "ada"), grant(2, "grace", subject=arn_of("other", "x", B)))
    assert contradiction(found) == frozenset()
    assert held(found, SUBJECT).holder == Holder(actor("ada"), 1)
    assert held(found, arn_of("none", "x")).holder is None


@pytest.mark.parametrize("changed", ["shared", "principal", "account"])
def test_two_copies_join_only_as_copies_of_one_call_by_one_caller(changed):
    role, caller = grant(1, proof=Proof.ROLE), grant(2, "ada", Proof.CALLER)
    assert held(session_of(role, caller), SUBJECT).holder == Holder(actor("ada"), 1)
    other = grant(2, "ada", Proof.CALLER, **{changed: "another"})
    assert held(session_of(role, other), SUBJECT).holder is None
    assert held(session_of(caller), SUBJECT).holder is None
    assert (
        held(
            session_of(grant(1, proof=Proof.ROLE, shared=None), grant(2, "ada", Proof.CALLER, shared=None)),
            SUBJECT,
        ).holder
        is None
    )


def test_a_session_of_which_its_account_says_too_much_is_nobodys():
    found = session_of(*[grant(number, "ada") for number in range(MAX_OF_ACCOUNT + 1)])
    assert held(found, SUBJECT).contradicts
    assert contradiction(found)
    assert len(found.grants) == MAX_OF_ACCOUNT


def test_another_account_spoils_nobodys_session_but_its_own():
    """Threat T6: B floods a key of A's with whatever its own records may say."""
    flood = [grant(number, "grace", subject=arn_of("x", "x", B)) for number in range(1, 9)]
    flood += [grant(number, "grace", Proof.CALLER, account=B) for number in range(10, 19)]
    for order in ([grant(90, "ada"), *flood], [*flood, grant(90, "ada")]):
        found = session_of(*order)
        assert held(found, SUBJECT).holder == Holder(actor("ada"), 1)
        assert held(found, arn_of("x", "x", B)).contradicts
        assert len(found.grants) <= 2 * MAX_OF_ACCOUNT


def test_a_key_that_too_many_accounts_speak_of_is_nobodys():
    crowd = [
        grant(number, "ada", subject=arn_of("x", "x", f"{number:012}")) for number in range(1, MAX_ACCOUNTS + 2)
    ]
    assert held(session_of(*crowd, grant(99, "ada")), SUBJECT).contradicts


SUBJECTS = (SUBJECT, arn_of("other", "x"), *(arn_of("x", "x", f"{number:012}") for number in range(7)))


def of_source(source: int, crowd: int, person: str | None, hops: int, until_ms: int) -> Grant:
    """What a record says is always the same, but for whom its caller was resolved to."""
    proof = (Proof.WHOLE, Proof.ROLE, Proof.CALLER)[source % 3]
    said = {"account": (A, B)[source % 2], "shared": ("s1", "s2")[source // 2 % 2], "until_ms": until_ms}
    return grant(source, person, proof, hops, subject=SUBJECTS[source % crowd], **said)


def grants_of_a_key(crowd: int):
    return st.lists(
        st.builds(
            of_source,
            st.integers(0, 20),
            st.just(crowd),
            st.sampled_from((None, "ada", "grace")),
            st.integers(1, 3),
            st.integers(T0, T0 + 3),
        ),
        min_size=1,
        max_size=16,
    )


some_grants = st.sampled_from((1, 2, 5, len(SUBJECTS))).flatmap(grants_of_a_key)


@settings(max_examples=examples(400))
@given(some_grants, st.data())
def test_any_order_and_repetition_of_grants_gives_the_same_session(grants, data):
    again = grants + data.draw(st.lists(st.sampled_from(grants), max_size=5))
    assert session_of(*data.draw(st.permutations(again))) == session_of(*grants)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=examples(300))
@given(
    st.sampled_from(("userIdentity", "responseElements", "requestParameters", "sharedEventID", "eventTime")),
    anything,
)
def test_whatever_a_record_holds_reading_its_grants_does_not_raise(field, value):
    record = assume(1, session("ASIA0", "deploy", "x"), "ASIA1", "deploy", "x", sharedEventID="s") | {field: value}
    for account in (A, B, None):
        said_by(record, account)
    theirs = assume(1, elsewhere(user("ada")), "ASIA1", "deploy", "x") | {field: value}
    said_by(theirs, A)
