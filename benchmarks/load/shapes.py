"""Shapes: the calls that the load is made of, with what stands in their parameters and answers."""

import random
from collections.abc import Callable
from typing import Any, NamedTuple

Made = tuple[dict[str, Any] | None, dict[str, Any] | None]
"""requestParameters and responseElements."""


class Shape(NamedTuple):
    """One kind of call."""

    source: str
    name: str
    make: Callable[[random.Random, str], Made]
    read_only: bool = False
    may_fail: bool = False


def _id(rng: random.Random, prefix: str) -> str:
    return f"{prefix}-{rng.getrandbits(68):017x}"


def _describe(rng: random.Random, _account: str) -> Made:
    ids = [{"instanceId": _id(rng, "i")} for _ in range(rng.randint(0, 9))]
    return {"instancesSet": {"items": ids}, "filterSet": {}, "maxResults": 1000}, None


def _named(*names: str) -> Callable[[random.Random, str], Made]:
    def make(rng: random.Random, _account: str) -> Made:
        return {name: f"{name}-{rng.getrandbits(32):08x}" for name in names}, None

    return make


def _object(rng: random.Random, account: str) -> Made:
    bucket = f"artifacts-{account}-eu-west-1"
    return {
        "bucketName": bucket,
        "Host": f"{bucket}.s3.eu-west-1.amazonaws.com",
        "acl": "",
        "part": str(rng.randint(0, 9)),
    }, None


def _volume(rng: random.Random, _account: str) -> Made:
    volume = _id(rng, "vol")
    tags = [
        {"key": f"tag-{number}", "value": f"{rng.getrandbits(64):016x}"}
        for number in range(rng.choice((1, 2, 4, 8, 40)))
    ]
    parameters = {"size": "100", "zone": "eu-west-1a", "volumeType": "gp3", "tagSpecificationSet": {"items": tags}}
    return parameters, {"volumeId": volume, "status": "creating", "tagSet": {"items": tags}}


def _stream(rng: random.Random, _account: str) -> Made:
    return {
        "logGroupName": "/aws/lambda/report-builder",
        "logStreamName": f"2026/01/05/[$LATEST]{rng.getrandbits(128):032x}",
    }, None


def _user(rng: random.Random, account: str) -> Made:
    name = f"deploy-{rng.getrandbits(24):06x}"
    user = {
        "path": "/",
        "userName": name,
        "userId": "AIDAEXAMPLENEW",
        "arn": f"arn:aws:iam::{account}:user/{name}",
    }
    return {"userName": name}, {"user": user}


def _key(rng: random.Random, _account: str) -> Made:
    name = f"deploy-{rng.getrandbits(24):06x}"
    return {"userName": name}, {
        "accessKey": {"userName": name, "accessKeyId": "AKIAEXAMPLENEW", "status": "Active"}
    }


def _stop(_rng: random.Random, account: str) -> Made:
    return {"name": f"arn:aws:cloudtrail:eu-west-1:{account}:trail/main"}, None


READS = (
    Shape("ec2.amazonaws.com", "DescribeAddresses", _describe, read_only=True, may_fail=True),
    Shape("ec2.amazonaws.com", "DescribeInstanceStatus", _describe, read_only=True, may_fail=True),
    Shape("s3.amazonaws.com", "GetBucketLocation", _object, read_only=True, may_fail=True),
    Shape("dynamodb.amazonaws.com", "DescribeTable", _named("tableName"), read_only=True, may_fail=True),
    Shape("ecr.amazonaws.com", "DescribeRepositories", _named("registryId"), read_only=True, may_fail=True),
    Shape("kms.amazonaws.com", "DescribeKey", _named("keyId"), read_only=True, may_fail=True),
)
WRITES = (
    Shape("ec2.amazonaws.com", "CreateVolume", _volume, may_fail=True),
    Shape("ec2.amazonaws.com", "CreateTags", _volume, may_fail=True),
    Shape("logs.amazonaws.com", "CreateLogStream", _stream),
)
NOTIFIES = (
    Shape("iam.amazonaws.com", "CreateUser", _user),
    Shape("iam.amazonaws.com", "CreateAccessKey", _key),
)
ALERTS = (
    Shape("cloudtrail.amazonaws.com", "StopLogging", _stop),
    Shape("cloudtrail.amazonaws.com", "DeleteTrail", _stop),
)
