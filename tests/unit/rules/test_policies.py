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
        (LIKE, "aws:SourceArn", "arn:aws:logs:*:111122223333:*"),  # ...:999999999999:log-group:111122223333:x
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


GITHUB = "token.actions.githubusercontent.com"
GOOGLE, COGNITO = "accounts.google.com", "cognito-identity.amazonaws.com"


def federated(provider, *conditions):
    """A statement that trusts a provider; each condition is operator, claim and values."""
    condition = {operator: {f"{provider}:{claim}": values} for operator, claim, values in conditions}
    principal = f"arn:aws:iam::111122223333:oidc-provider/{provider}"
    return {"Effect": "Allow", "Principal": {"Federated": principal}, "Condition": condition}


AUDIENCE = ("StringEquals", "aud", "sts.amazonaws.com")


@pytest.mark.parametrize(
    "statement",
    [
        federated(GITHUB),
        federated(GITHUB, AUDIENCE),
        federated(GITHUB.upper(), AUDIENCE),
        federated(GITHUB, (LIKE, "sub", "*")),
        federated(GITHUB, (LIKE, "sub", "repo:*")),
        federated(GITHUB, (LIKE, "sub", "repo:*/app:ref:refs/heads/main")),
        federated(GITHUB, (LIKE, "sub", "repo:acme*")),  # acme-of-somebody-else, too
        federated(GITHUB, (LIKE, "sub", "*:acme/app")),
        federated(GITHUB, (LIKE, "sub", ["repo:acme/app:*", "repo:?cme/app:*"])),
        federated(GITHUB, ("StringNotEquals", "sub", "repo:acme/app")),
        federated(GITHUB, ("StringEqualsIfExists", "sub", "repo:acme/app")),
        federated(GITHUB, ("ForAllValues:StringEquals", "sub", "repo:acme/app")),
        federated(
            GITHUB, ("StringEquals", "sub", "environment:prod")
        ),  # a repository chooses what its subject says
        federated(GITHUB, ("StringEquals", "sub", "ref:refs/heads/main")),
        federated(
            GITHUB,
            ("StringEquals", "sub", "job_workflow_ref:acme/ci/.github/workflows/deploy.yml@refs/heads/main"),
        ),
        federated(GITHUB, ("StringEquals", "sub", "environment:repo:acme/app")),
        federated(GITHUB, (LIKE, "sub", "environment:*:repo:acme/app")),
        federated("gitlab.com", (LIKE, "sub", "project_path:*")),
        federated("oidc.vercel.com", (LIKE, "aud", "https://vercel.com/*")),
        federated("app.terraform.io", (LIKE, "sub", "organization:*:project:web:*")),
        federated(GOOGLE, ("StringEquals", "aud", "client.apps.googleusercontent.com")),
        federated(COGNITO),
        federated(COGNITO, (LIKE, "aud", "eu-west-1:*")),
        {"Effect": "Allow", "Principal": {"Federated": GOOGLE}},
        {"Effect": "Allow", "Principal": {"AWS": "111122223333", "Federated": ["www.amazon.com"]}},
    ],
)
def test_anybody_may_have_an_account_with_such_a_provider(statement):
    assert is_public({"Statement": [statement]}) is True


@pytest.mark.parametrize(
    "statement",
    [
        federated(GITHUB, AUDIENCE, (LIKE, "sub", "repo:acme/*")),
        federated(GITHUB, (LIKE, "sub", ["repo:acme/app:ref:refs/heads/main", "repo:acme/lib:*"])),
        federated(GITHUB, ("StringEquals", "sub", "repo:acme/app:environment:prod")),
        federated(GITHUB, (LIKE, "repository_owner", "acme")),
        federated(GITHUB, (LIKE, "sub", "repository_owner:acme:environment:*")),
        federated(GITHUB, (LIKE, "sub", "environment:prod:repository_id:123456:*")),
        federated("oidc.vercel.com", (LIKE, "aud", "https://vercel.com/acme")),
        federated("gitlab.com", (LIKE, "sub", "project_path:acme/app:ref_type:branch:ref:*")),
        federated("app.terraform.io", (LIKE, "sub", "organization:acme:*")),
        federated(GOOGLE, ("StringEquals", "sub", "113774264463038321964")),
        federated(COGNITO, ("StringEquals", "aud", "eu-west-1:0a1b2c3d")),
        federated("oidc.eks.eu-west-1.amazonaws.com/id/0A1B"),  # a cluster of one's own
        federated(f"{GITHUB}/acme"),  # the issuer of one enterprise alone
        {"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/acme"}},
        {"Effect": "Deny", "Principal": {"Federated": GOOGLE}},
    ],
)
def test_a_token_of_known_people_alone_lets_in(statement):
    assert is_public({"Statement": [statement]}) is False


OPEN, CLOSED = json.dumps(allow()), json.dumps(allow({"Service": "ec2.amazonaws.com"}))
CIRCLE = '{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}'


@pytest.mark.parametrize(
    "document",
    [
        f'{{"Statement":[{OPEN}],"Statement":[{CLOSED}]}}',
        f'{{"Statement":[{CLOSED}],"Statement":[{OPEN}]}}',
        f'{{"Statement":[{CLOSED}],"St\\u0061tement":[{OPEN}],"Statement":[{CLOSED}]}}',
        '{"Statement":{"Effect":"Allow","Principal":"*","Principal":{"AWS":"111122223333"}}}',
        '{"Statement":{"Effect":"Allow","Effect":"Deny","Principal":"*"}}',
        f'{{"Statement":{{"Effect":"Allow","Principal":"*","Condition":{CIRCLE},"Condition":{{}}}}}}',
    ],
)
def test_a_document_with_a_repeated_key_counts_by_its_worst_reading(document):
    assert is_public(document) is True


def test_a_repeated_key_is_not_trusted_even_where_no_reading_is_public():
    assert is_public(f'{{"Version":"2012-10-17","Version":"2008-10-17","Statement":[{CLOSED}]}}') is None


@pytest.mark.parametrize("value", [None, 7, [], "not JSON", "[1]", "[" * 100_000, '["a", {"b": 1, "b": 2}]'])
def test_what_is_no_policy_is_not_judged(value):
    assert is_public(value) is None
