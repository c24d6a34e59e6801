"""Records: CloudTrail records written by hand for the demo, in the form that CloudTrail gives them."""

import uuid
from datetime import UTC, datetime
from typing import Any

from agents.demo.company import EMAIL, PRODUCTION, SANDBOX, STAGING

Record = dict[str, Any]

ROLE = "AWSReservedSSO_AdministratorAccess_0123456789abcdef"
ADDRESS = "198.51.100.24"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.11.0 (+https://www.terraform.io)"
CONSOLE = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"


def routine(now_ms: int) -> list[Record]:
    """What any company's trail is full of: reads, services, autoscaling. No rule can want these."""
    service = {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}
    lambda_role = _role(SANDBOX, "report-builder", "report-builder")
    runner = _role(STAGING, "ci-runner", "i-0abc1234def567890")
    calls: list[tuple[str, Record, str, str, Record]] = [
        (PRODUCTION, service, "ec2.amazonaws.com", "DescribeInstances", {"instancesSet": {}}),
        (PRODUCTION, service, "autoscaling.amazonaws.com", "DescribeAutoScalingGroups", {}),
        (PRODUCTION, _ada(PRODUCTION), "iam.amazonaws.com", "ListUsers", {}),
        (STAGING, runner, "s3.amazonaws.com", "GetBucketLocation", {"bucketName": "staging-artifacts"}),
        (STAGING, runner, "ecr.amazonaws.com", "DescribeRepositories", {}),
        (SANDBOX, lambda_role, "logs.amazonaws.com", "CreateLogStream", {"logGroupName": "/report-builder"}),
        (SANDBOX, lambda_role, "dynamodb.amazonaws.com", "DescribeTable", {"tableName": "reports"}),
    ]
    return [
        _record(now_ms, account, who, (source, name), parameters, read_only=True)
        for account, who, source, name, parameters in calls
    ]


def group_created(now_ms: int) -> list[Record]:
    """A group without members or policies: worth a record, worth nobody's time."""
    parameters = {"groupName": "data-readers"}
    return [_record(now_ms, SANDBOX, _ada(SANDBOX), ("iam.amazonaws.com", "CreateGroup"), parameters)]


def burst(now_ms: int, number: int) -> list[Record]:
    """One Terraform run of Ada's, a call a second: a user, its key, two policies. One question, not four."""
    user = {"userName": f"deploy-bot-{number}"}
    policy = {**user, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    calls = [
        ("CreateUser", user),
        ("CreateAccessKey", user),
        ("AttachUserPolicy", {**user, "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        ("AttachUserPolicy", policy),
    ]
    ada, first_ms = _ada(PRODUCTION), now_ms - 1000 * (len(calls) - 1)
    return [
        _record(first_ms + 1000 * at, PRODUCTION, ada, ("iam.amazonaws.com", name), parameters, agent=TERRAFORM)
        for at, (name, parameters) in enumerate(calls)
    ]


def opened_to_the_world(now_ms: int, number: int) -> list[Record]:
    """Port 22 of a security group opened to every address: this waits for no answer."""
    items = [{"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]
    parameters = {"groupId": f"sg-0a1b2c3d4e5f{number:05d}", "ipPermissions": {"items": items}}
    event = ("ec2.amazonaws.com", "AuthorizeSecurityGroupIngress")
    return [_record(now_ms, STAGING, _ada(STAGING), event, parameters, agent=CONSOLE)]


def _record(
    now_ms: int,
    account: str,
    identity: Record,
    event: tuple[str, str],
    parameters: Record,
    *,
    read_only: bool = False,
    agent: str = "aws-internal/3",
) -> Record:
    source, name = event
    invoked_by = identity.get("invokedBy")
    return {
        "eventVersion": "1.10",
        "userIdentity": identity,
        "eventTime": datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": source,
        "eventName": name,
        "awsRegion": "us-east-1" if source == "iam.amazonaws.com" else "eu-west-1",
        "sourceIPAddress": invoked_by or ADDRESS,
        "userAgent": invoked_by or agent,
        "requestParameters": parameters,
        "responseElements": None,
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": read_only,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }


def _ada(account: str) -> Record:
    """Ada's session of IAM Identity Center in an account: the session name is proven by AWS itself."""
    return _role(account, ROLE, EMAIL, path="aws-reserved/sso.amazonaws.com/eu-west-1/")


def _role(account: str, role: str, session: str, *, path: str = "") -> Record:
    issuer = f"AROA{account}DEMO1"
    return {
        "type": "AssumedRole",
        "principalId": f"{issuer}:{session}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{session}",
        "accountId": account,
        "accessKeyId": f"ASIA{account}DEMO",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": issuer,
                "arn": f"arn:aws:iam::{account}:role/{path}{role}",
                "accountId": account,
                "userName": role,
            },
            "attributes": {"creationDate": "2026-01-05T08:00:00Z", "mfaAuthenticated": "false"},
        },
    }
