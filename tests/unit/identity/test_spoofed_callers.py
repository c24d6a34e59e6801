"""Names that an attacker chooses, and records that another account writes, make nobody a service or a person."""

import pytest

from agents.decisions.directory import Directory, Person
from agents.decisions.identity import resolve_actor
from agents.decisions.rules import RuleSet
from streams.records.actor import ActorKind
from streams.records.verdict import Action
from tests.support import cloudtrail
from tests.support.flow import policy
from tests.support.rules import rule
from tests.support.sessions import assume, made, session, user
from tests.support.triage_run import TriageRun

ACCOUNT, OTHER = cloudtrail.ACCOUNT, "444455556666"
ADA = Directory([Person(id="ada", name="Ada", sso=("ada@example.com",), iam={ACCOUNT: ("ada",)})])


def role_session(role_arn: str | None, role: str, name: str) -> dict:
    identity = {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}",
        "accountId": ACCOUNT,
    }
    issuer = {"type": "Role", "arn": role_arn, "accountId": ACCOUNT, "userName": role}
    return identity if role_arn is None else identity | {"sessionContext": {"sessionIssuer": issuer}}


def kind(identity: dict) -> tuple[ActorKind, str | None]:
    actor = resolve_actor({"userIdentity": identity, "recipientAccountId": ACCOUNT}, ADA)
    return actor.kind, actor.person


@pytest.mark.parametrize("path", ["aws-service-role/x/", "x:role/aws-service-role/"])
def test_a_path_that_only_looks_service_linked_makes_no_service(path):
    arn = f"arn:aws:iam::{ACCOUNT}:role/{path}deploy"
    expected = ActorKind.SERVICE if path.startswith("aws-") else ActorKind.UNKNOWN
    assert kind(role_session(arn, "deploy", "mallory"))[0] is expected


@pytest.mark.parametrize(
    ("arn", "person"),
    [
        (f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_x", "ada"),
        (f"arn:aws:iam::{ACCOUNT}:role/x:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_x", None),
        (f"arn:aws:iam::{ACCOUNT}:role/AWSReservedSSO_x", None),
        (None, None),
    ],
)
def test_only_the_roles_of_identity_center_prove_its_users(arn, person):
    assert kind(role_session(arn, "AWSReservedSSO_x", "ada@example.com"))[1] == person


def test_another_account_s_record_proves_none_of_our_iam_users():
    identity = {"type": "IAMUser", "userName": "ada", "accountId": ACCOUNT}
    theirs = {"userIdentity": identity}
    assert resolve_actor(theirs | {"recipientAccountId": ACCOUNT}, ADA).person == "ada"
    assert resolve_actor(theirs | {"recipientAccountId": OTHER}, ADA).person is None
    assert resolve_actor(theirs, ADA, OTHER).person is None


def run(*frames, **rules_of) -> TriageRun:
    judged = TriageRun(policy()._replace(rules=RuleSet([rule(**rules_of)], "v1")))
    for frame in frames:
        judged.calls(frame)
        judged.handle()
    return judged


@pytest.mark.parametrize("source", ["198.51.100.7", "AWS Internal", "resource-explorer-2.amazonaws.com"])
@pytest.mark.parametrize("grant_first", [True, False])
def test_a_grant_that_names_a_person_is_believed_before_the_source_address(source, grant_first):
    grant = [assume(1, user("ada"), "ASIAONE", "deploy", "x")]
    call = [made(2, session("ASIAONE", "deploy", "x"), sourceIPAddress=source)]
    frames = (grant, call) if grant_first else (call, grant)
    told = run(*frames, match={"eventName": ["CreateUser"]}, action=Action.NOTIFY).told
    assert told["e2"] == {("notify", "case", "ada")}


def test_without_a_grant_a_call_from_inside_aws_is_a_service_s_when_its_wait_is_over():
    call = made(2, session("ASIAONE", "deploy", "x"), sourceIPAddress="AWS Internal")
    judged = run([call], match={"eventName": ["CreateUser"]}, action=Action.NOTIFY)
    assert judged.told == {}
    judged.now_ms += judged.policy.grant_wait_ms
    judged.handle()
    assert judged.told == {"e2": {("log", "logged", None)}}


def test_an_alert_pages_at_once_though_nobody_knows_yet_whose_session_it_issued():
    chained = assume(3, session("ASIAONE", "deploy", "x"), "ASIATWO", "admin", "y")
    call = made(4, session("ASIATWO", "admin", "y"), "CreateUser")
    rules = RuleSet(
        [
            rule({"eventName": ["AssumeRole"]}, rule_id="a", action=Action.ALERT),
            rule({"eventName": ["CreateUser"]}, rule_id="b", action=Action.NOTIFY),
        ],
        "v1",
    )
    judged = TriageRun(policy()._replace(rules=rules))
    judged.calls([chained])
    judged.handle()
    assert judged.told["s3"] == {("alert", "case", None)}
    judged.calls([assume(1, user("ada"), "ASIAONE", "deploy", "x")])
    judged.calls([call])
    judged.handle()
    assert judged.told["s3"] == {("alert", "case", None)}
    assert judged.told["e4"] == {("notify", "case", "ada")}  # the grant that waited was told when it could be
    assert [len(keys) for keys in judged.commanded.values()] == [1] * len(judged.commanded)
