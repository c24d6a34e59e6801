"""Policy documents that let everybody in, and those that only look so."""

import json

import pytest

from agents.decisions.rules.policies import is_public


def allow(principal="*", **more):
    return {"Effect": "Allow", "Principal": principal, "Action": "*"} | more


@pytest.mark.parametrize(
    "statement",
    [
        allow(),
        allow({"AWS": "*"}),
        allow({"AWS": ["arn:aws:iam::111122223333:root", "*"]}),
        allow({"Federated": "*"}),
        {"Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}},
        allow(Condition={"Bool": {"aws:SecureTransport": "true"}}),
        allow(Condition={"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "0.0.0.0/0"]}}),
        allow(Condition={"StringLike": {"aws:PrincipalArn": "*"}}),
        allow(Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-abc"}}),
        allow(Condition={"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-abc"}}),
        allow(Condition={"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-abc"}}),
        allow(Condition="odd"),
    ],
)
def test_everybody_may(statement):
    document = {"Statement": [{"Effect": "Deny", "Principal": "*"}, statement]}
    assert is_public(document) is True
    assert is_public(json.dumps(document)) is True
    assert is_public({"Statement": statement}) is True


@pytest.mark.parametrize(
    "statement",
    [
        allow({"AWS": "arn:aws:iam::111122223333:root"}),
        allow({"Service": "sns.amazonaws.com"}),
        allow(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abc"}}),
        allow(Condition={"ForAnyValue:StringLike": {"AWS:PrincipalOrgPaths": ["o-abc/*"]}}),
        allow(Condition={"StringEquals": {"AWS:SourceOwner": "111122223333"}}),
        allow(Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
        allow(Condition={"StringEquals": {"sts:ExternalId": "x"}}),
        {"Effect": "Deny", "Principal": "*"},
        {"Effect": "Allow"},
        "odd",
        None,
    ],
)
def test_a_known_circle_may(statement):
    assert is_public({"Statement": [statement]}) is False


@pytest.mark.parametrize("value", [None, 7, [], "not JSON", "[1]", "[" * 100_000])
def test_what_is_no_policy_is_not_judged(value):
    assert is_public(value) is None
