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
        allow(Condition={"StringNotLike": {"aws:PrincipalAccount": "111122223333"}}),
        allow(Condition={"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
        allow(Condition={"Null": {"aws:PrincipalOrgID": "false"}}),
        allow(Condition={"StringEquals": {"sts:ExternalId": "x"}}),
        allow(Condition={"StringEquals": {"aws:PrincipalOrgID": "*"}}),
        allow(Condition={"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}}),
        allow(Condition={"StringLike": {"aws:PrincipalOrgID": "*${aws:ResourceOrgID}*"}}),
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
        allow(Condition={"StringEquals": {"sts:ExternalId": "x", "aws:PrincipalAccount": 111122223333}}),
        allow(Condition={"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}),
        {"Effect": "Deny", "Principal": "*"},
        {"Effect": "Allow"},
        "odd",
        None,
    ],
)
def test_a_known_circle_may(statement):
    assert is_public({"Statement": [statement]}) is False


LIKE, ARN, ADDRESS = "StringLike", "ArnLike", "IpAddress"


@pytest.mark.parametrize(
    ("operator", "key", "values"),
    [
        (LIKE, "aws:PrincipalArn", "arn:*"),
        (LIKE, "aws:PrincipalArn", "arn:aws:iam::*:*"),
        (LIKE, "aws:PrincipalArn", "**"),
        (LIKE, "aws:PrincipalArn", "arn:*:iam::111122223333:role/deploy"),  # a path can hold what follows the star
        (LIKE, "aws:PrincipalArn", ["arn:aws:iam::111122223333:root", "arn:aws:iam::*:role/deploy"]),
        (ARN, "aws:PrincipalArn", "arn:aws:*:*:*:*"),
        ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::1111????3333:root"),
        (ARN, "aws:PrincipalArn", "arn:aws:iam:::role/deploy"),
        (LIKE, "aws:PrincipalAccount", "????????????"),
        (LIKE, "aws:SourceAccount", "1111*"),
        (LIKE, "aws:PrincipalOrgID", "o-*"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-*/r-ab12/*"),
        (LIKE, "aws:userid", "*:*"),
        (LIKE, "aws:userid", "*:ada"),
        (LIKE, "aws:SourceVpce", "vpce-*"),
        (ARN, "aws:SourceArn", "arn:aws:sns:*:*:orders"),
        (ARN, "aws:SourceArn", "arn:aws:s3:::reports-*"),
        (LIKE, "aws:SourceIp", "192.0.2.*"),
        (ADDRESS, "aws:SourceIp", ["0.0.0.0/1", "128.0.0.0/1"]),
        (ADDRESS, "aws:SourceIp", "0.0.0.0/00"),
        (ADDRESS, "aws:SourceIp", [f"{first}.0.0.0/8" for first in range(1, 224)]),
        (ADDRESS, "aws:SourceIp", "::/1"),
        (ADDRESS, "aws:SourceIp", "2000::/3"),
        (ADDRESS, "aws:SourceIp", "somewhere"),
        (ADDRESS, "aws:PrincipalOrgID", "o-abc"),
    ],
)
def test_whoever_likes_can_fulfil_such_a_condition(operator, key, values):
    assert is_public({"Statement": [allow(Condition={operator: {key: values}})]}) is True


@pytest.mark.parametrize(
    ("operator", "key", "values"),
    [
        (LIKE, "aws:PrincipalArn", "arn:aws:iam::111122223333:role/*"),
        (ARN, "aws:PrincipalArn", "arn:*:iam::111122223333:role/*"),
        (LIKE, "aws:userid", ["AROAEXAMPLE:*", "AIDAEXAMPLE"]),
        (ARN, "aws:SourceArn", "arn:aws:s3:*:*:reports"),
        (LIKE, "aws:SourceArn", "arn:aws:s3:::reports/*"),
        (ARN, "aws:SourceArn", "arn:aws:sns:*:111122223333:*"),
        ("StringEqualsIgnoreCase", "aws:SourceVpce", "vpce-0a"),
        (ADDRESS, "aws:SourceIp", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "192.0.2.7"]),
        (ADDRESS, "aws:SourceIp", ["fc00::/7", "2001:db8::/32"]),
    ],
)
def test_only_a_known_circle_can_fulfil_such_a_condition(operator, key, values):
    assert is_public({"Statement": [allow(Condition={operator: {key: values}})]}) is False


@pytest.mark.parametrize("value", [None, 7, [], "not JSON", "[1]", "[" * 100_000])
def test_what_is_no_policy_is_not_judged(value):
    assert is_public(value) is None
