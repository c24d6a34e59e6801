"""What people do is asked about also where they do it through a role, and programs stay quiet."""

import pytest

from agents.decisions.directory import Directory, Person
from agents.decisions.judge import Policy
from agents.rulebook.book import load_rules
from streams.records.timing import Limits, Timing
from tests.support import sessions
from tests.support.triage_run import TriageRun

ADA = Person("ada", "Ada", "U0ADA", "ada", sso=("ada@example.com",), iam={sessions.A: ("ada",)})
POLICY = Policy(
    load_rules([]),
    Directory([ADA]),
    Timing(),
    Limits(),
    lateness_ms=10**15,
    observe=False,
    feeds=frozenset({sessions.A}),
)
MACHINE = {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
CALLS = [
    ("secretsmanager", "GetSecretValue", {"requestParameters": {"secretId": "a"}}),
    ("ssm", "GetParameter", {"requestParameters": {"name": "a", "withDecryption": True}}),
    ("ec2", "TerminateInstances", {}),
    ("ec2", "DeleteSnapshot", {}),
    ("ec2", "CreateImage", {}),
    ("s3", "GetObject", {"requestParameters": {"bucketName": "reports", "key": "build/.env"}}),
    ("s3", "DeleteObjects", {}),
    ("iam", "ListUsers", {"errorCode": "AccessDenied"}),
    ("cloudformation", "CreateStack", {"requestParameters": {"capabilities": ["CAPABILITY_IAM"]}}),
    ("cloudcontrolapi", "CreateResource", {"requestParameters": {"typeName": "AWS::IAM::User"}}),
    ("servicecatalog", "ProvisionProduct", {}),
    (
        "sts",
        "AssumeRole",
        {"requestParameters": {"roleArn": "arn:aws:iam::444455556666:role/OrganizationAccountAccessRole"}},
    ),
]


def sso():
    """Ada's session of Identity Center."""
    identity = sessions.session("ASIASSO", "AWSReservedSSO_Dev_0a", "ada@example.com")
    issuer = identity["sessionContext"]["sessionIssuer"]
    issuer["arn"] = issuer["arn"].replace(":role/", ":role/aws-reserved/sso.amazonaws.com/")
    return identity


def told(call, caller, *before):
    """What becomes of a call once nobody can tell anything more about whose session it is."""
    service, name, more = call
    run = TriageRun(POLICY)
    run.calls([*before])
    run.handle()
    run.calls([sessions.made(7, caller, name, eventSource=f"{service}.amazonaws.com", **more)])
    run.handle()
    run.now_ms += POLICY.grant_wait_ms
    run.handle()
    return {(action, person) for action, _, person in run.told.get("e7", {("none", None, None)})}


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call[0]}:{call[1]}")
def test_a_person_is_asked_by_whatever_way_they_came(call):
    through = sessions.session("ASIADEV", "Dev", "x")
    assert told(call, sessions.user("ada")) == {("notify", "ada")}
    assert told(call, sso()) == {("notify", "ada")}
    assert told(call, through, sessions.assume(1, sessions.user("ada"), "ASIADEV", "Dev", "x")) == {
        ("notify", "ada")
    }
    assert told(call, through, sessions.assume(1, sso(), "ASIADEV", "Dev", "x")) == {("notify", "ada")}


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call[0]}:{call[1]}")
def test_a_program_is_not(call):
    web = sessions.session("ASIAWEB", "web", "x")
    begun = sessions.assume(1, MACHINE | {"accountId": sessions.A}, "ASIAWEB", "web", "x")
    for quiet in (told(call, web), told(call, web, begun)):
        assert quiet <= {("log", None), ("none", None)}
