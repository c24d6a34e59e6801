"""Who made a call: every type of userIdentity, by hand-written records."""

from typing import Any

import pytest

from agents.decisions.directory import Account, Directory, Person, PinnedRole
from agents.decisions.identity import resolve_actor, route
from streams.records.actor import Actor, ActorKind, Confidence

A = "111122223333"
ADMIN = f"arn:aws:iam::{A}:role/Admin"
SSO = f"arn:aws:iam::{A}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef"
ADA = Person(
    id="ada",
    name="Ada",
    slack="U1",
    duo="ada",
    sso=("ada@example.com", "90678b5c-0001"),
    source_identity=("ada",),
    iam={A: ("ada.l",)},
    roles=(PinnedRole(ADMIN, "ada"),),
)
GRACE = Person(id="grace", name="Grace", slack="U2", sso=("grace@example.com",))
HEDY = Person(id="hedy", name="Hedy", duo="hedy", sso=("hedy@example.com",))
PEOPLE = Directory([ADA, GRACE, HEDY], [Account(A, "production", "ada", ("ada",))])
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


def session(role_arn: str, name: str, **context: Any) -> dict[str, Any]:
    """The userIdentity of a role's session."""
    role = role_arn.rpartition("/")[2]
    issuer = {"type": "Role", "arn": role_arn, "accountId": A, "userName": role}
    return {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE:{name}",
        "arn": f"arn:aws:sts::{A}:assumed-role/{role}/{name}",
        "accountId": A,
        "sessionContext": {"sessionIssuer": issuer, **context},
    }


def user(name: str | None, account: str | None = A, **more: Any) -> dict[str, Any]:
    """The userIdentity of an IAM user."""
    found = {"type": "IAMUser", "accountId": account, "userName": name, **more}
    return {key: value for key, value in found.items() if value is not None}


def judged(identity: Any, **fields: Any) -> Actor:
    """The actor of a record with this userIdentity."""
    return resolve_actor({"userIdentity": identity, "recipientAccountId": A, **fields}, PEOPLE)


PERSON, WORKLOAD, SERVICE, ROOT, UNKNOWN = ActorKind
HIGH, MEDIUM, LOW, NONE = Confidence
FEDERATED = {"type": "FederatedUser", "accountId": A, "arn": f"arn:aws:sts::{A}:federated-user/bob"}


@pytest.mark.parametrize(
    ("identity", "kind", "person", "claim", "confidence"),
    [
        pytest.param(session(SSO, "ada@example.com"), PERSON, "ada", "ada@example.com", HIGH, id="SSO session"),
        pytest.param(
            session(SSO, "Ada@example.com"), PERSON, None, "Ada@example.com", HIGH, id="SSO, another case"
        ),
        pytest.param(
            session(f"arn:aws:iam::{A}:role/AWSReservedSSO_Admin_0123456789abcdef", "ada@example.com"),
            UNKNOWN,
            None,
            "ada@example.com",
            LOW,
            id="a role that is only named like one of SSO",
        ),
        pytest.param(session(ADMIN, "ada"), PERSON, "ada", "ada", MEDIUM, id="pinned session"),
        pytest.param(
            {**session(ADMIN, "ada"), "principalId": "AROAEXAMPLE:bob"}, UNKNOWN, None, "ada", LOW, id="two names"
        ),
        pytest.param(session(ADMIN, "ada@example.com"), UNKNOWN, None, "ada@example.com", LOW, id="bare session"),
        pytest.param(session(ADMIN, "x", sourceIdentity="ada"), PERSON, "ada", "ada", HIGH, id="source identity"),
        pytest.param(
            session(SSO, "grace@example.com", sourceIdentity="ada"),
            PERSON,
            "ada",
            "ada",
            HIGH,
            id="source before SSO",
        ),
        pytest.param(
            session(SSO, "ada@example.com", sourceIdentity="x"),
            PERSON,
            "ada",
            "ada@example.com",
            HIGH,
            id="a source identity that nobody has",
        ),
        pytest.param(
            session(ADMIN, "x", sourceIdentity="eve"), PERSON, None, "eve", HIGH, id="unknown source identity"
        ),
        pytest.param(
            session(ADMIN, "i-0123456789abcdef0"), WORKLOAD, None, "i-0123456789abcdef0", LOW, id="instance"
        ),
        pytest.param(
            session(ADMIN, "botocore-session-17"), WORKLOAD, None, "botocore-session-17", LOW, id="botocore"
        ),
        pytest.param(session(ADMIN, "1700000000"), WORKLOAD, None, "1700000000", LOW, id="a number"),
        pytest.param(
            {"type": "AssumedRole", "accountId": A}, UNKNOWN, None, None, NONE, id="session without a name"
        ),
        pytest.param(user("ada.l"), PERSON, "ada", "ada.l", HIGH, id="IAM user"),
        pytest.param(user("ada.l", None), UNKNOWN, None, "ada.l", LOW, id="IAM user without an account"),
        pytest.param(user("ada.l", "444455556666"), UNKNOWN, None, "ada.l", LOW, id="the same name elsewhere"),
        pytest.param(
            user(None, arn=f"arn:aws:iam::{A}:user/x/ada.l"), PERSON, "ada", "ada.l", HIGH, id="by ARN alone"
        ),
        pytest.param(user(HIDDEN), UNKNOWN, None, None, NONE, id="a hidden name"),
        pytest.param(user("null"), UNKNOWN, None, None, NONE, id="a name of null"),
        pytest.param(
            user("ada.l", invokedBy="signin.amazonaws.com"), PERSON, "ada", "ada.l", HIGH, id="in the console"
        ),
        pytest.param(
            user("ada.l", invokedBy="cloudformation.amazonaws.com"),
            SERVICE,
            None,
            "cloudformation.amazonaws.com",
            NONE,
            id="a service on her behalf",
        ),
        pytest.param({"type": "Root", "accountId": A}, ROOT, None, None, NONE, id="root"),
        pytest.param(
            {"type": "Root", "invokedBy": "AWS Internal"}, SERVICE, None, "AWS Internal", NONE, id="not root"
        ),
        pytest.param(
            {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"},
            SERVICE,
            None,
            "lambda.amazonaws.com",
            NONE,
            id="service",
        ),
        pytest.param({"type": "AWSService"}, SERVICE, None, None, NONE, id="a service without a name"),
        pytest.param(
            {"accountId": A, "invokedBy": "AWS Internal"}, SERVICE, None, "AWS Internal", NONE, id="no type"
        ),
        pytest.param(
            session(f"arn:aws:iam::{A}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", "x"),
            SERVICE,
            None,
            "AWSServiceRoleForX",
            NONE,
            id="service-linked role",
        ),
        pytest.param(
            {
                **FEDERATED,
                "sessionContext": {"sessionIssuer": {"type": "IAMUser", "accountId": A, "userName": "ada.l"}},
            },
            PERSON,
            "ada",
            "ada.l",
            HIGH,
            id="federation token of an IAM user",
        ),
        pytest.param(
            {**FEDERATED, "sessionContext": {"sessionIssuer": {"type": "Root"}}},
            ROOT,
            None,
            None,
            NONE,
            id="federation token of root",
        ),
        pytest.param(FEDERATED, UNKNOWN, None, "bob", LOW, id="federation token of nobody"),
        pytest.param({"type": "SAMLUser", "userName": "ada"}, UNKNOWN, None, "ada", LOW, id="SAML"),
        pytest.param(
            {"type": "WebIdentityUser", "userName": "repo:o/r:ref:main"},
            WORKLOAD,
            None,
            "repo:o/r:ref:main",
            LOW,
            id="CI by OIDC",
        ),
        pytest.param(
            {"type": "IdentityCenterUser", "onBehalfOf": {"userId": "90678b5c-0001"}},
            PERSON,
            "ada",
            "90678b5c-0001",
            HIGH,
            id="Identity Center user",
        ),
        pytest.param({"type": "AWSAccount", "accountId": "444455556666"}, UNKNOWN, None, None, NONE, id="account"),
        pytest.param({"type": "Directory", "userName": "ada"}, UNKNOWN, None, "ada", LOW, id="directory"),
        pytest.param({"type": "Unknown", "userName": "ada"}, UNKNOWN, None, "ada", LOW, id="unknown"),
        pytest.param({"type": "Martian"}, UNKNOWN, None, None, NONE, id="a type to come"),
        pytest.param(None, UNKNOWN, None, None, NONE, id="null"),
        pytest.param("ada", UNKNOWN, None, None, NONE, id="a text"),
        pytest.param(["ada"], UNKNOWN, None, None, NONE, id="a list"),
        pytest.param(
            {"type": 5, "userName": {}, "sessionContext": [], "arn": 1.5},
            UNKNOWN,
            None,
            None,
            NONE,
            id="wrong types",
        ),
    ],
)
def test_who_made_the_call(
    identity: Any, kind: ActorKind, person: str | None, claim: str | None, confidence: Confidence
):
    actor = judged(identity)
    assert (actor.kind, actor.person, actor.claim, actor.confidence) == (kind, person, claim, confidence)
    assert actor.why
    assert "\n" not in actor.why


def test_a_record_without_user_identity_is_somebody_unknown():
    assert resolve_actor({}, PEOPLE).kind is UNKNOWN


@pytest.mark.parametrize("source", ["AWS Internal", "autoscaling.amazonaws.com", "ec2.amazonaws.com.cn"])
def test_a_call_from_inside_aws_is_a_services_only_where_no_person_can_be_meant(source: str):
    assert judged(session(ADMIN, "AutoScaling"), sourceIPAddress=source).kind is SERVICE
    assert judged(session(SSO, "ada@example.com"), sourceIPAddress=source).person == "ada"
    assert judged(session(ADMIN, "eve@example.com"), sourceIPAddress=source).kind is UNKNOWN
    assert judged(user("ada.l"), sourceIPAddress=source).person == "ada"
    assert judged(user(HIDDEN), sourceIPAddress=source).kind is UNKNOWN


def test_a_service_event_is_a_services():
    assert judged({"type": "Root", "accountId": A}, eventType="AwsServiceEvent").kind is SERVICE
    signing_in = {"type": "IdentityCenterUser", "accountId": A, "onBehalfOf": {"userId": "u-1"}}
    assert judged(signing_in, eventType="AwsServiceEvent").kind is PERSON


def test_one_person_is_one_actor_in_every_account():
    elsewhere = {**session(SSO.replace(A, "444455556666"), "ada@example.com"), "accountId": "444455556666"}
    assert judged(elsewhere) == judged(session(SSO, "ada@example.com"))


def test_nobody_known_is_told_apart_by_account():
    assert judged(user("eve")).account == A
    assert judged({"type": "Unknown"}).account == A


def test_a_claim_is_kept_short():
    actor = judged(user("e" * 10_000))
    assert len(actor.claim or "") == 128
    assert len(actor.why) < 500


@pytest.mark.parametrize(
    ("identity", "person", "reason"),
    [
        (session(SSO, "ada@example.com"), "ada", None),
        (session(ADMIN, "ada"), "ada", None),
        (session(SSO, "grace@example.com"), "grace", "no_duo"),
        (session(SSO, "hedy@example.com"), "hedy", "no_slack"),
        (session(SSO, "eve@example.com"), None, "unattributed"),
        (session(ADMIN, "ada@example.com"), None, "unattributed"),
        (session(ADMIN, "i-0123456789abcdef0"), None, "unattributed"),
        ({"type": "Root", "accountId": A}, None, "root"),
        ({"type": "AWSService"}, None, "service"),
        (None, None, "unattributed"),
    ],
)
def test_whom_to_ask(identity: Any, person: str | None, reason: str | None):
    asked, unaskable = route(judged(identity), A, PEOPLE)
    assert (asked.person if asked else None, unaskable) == (person, reason)
