"""Sessions: records of calls that issue temporary keys, and of calls under these keys, in two accounts."""

from typing import Any

from tests.support import cloudtrail

A = cloudtrail.ACCOUNT
B = "444455556666"
EXPIRES = "Jan 15, 2027, 11:00:00 PM"


def user(name: str, account: str = A, key: str | None = None) -> dict[str, Any]:
    """The identity of an IAM user."""
    return {
        "type": "IAMUser",
        "principalId": f"AIDA{name.upper()}",
        "arn": f"arn:aws:iam::{account}:user/{name}",
        "accountId": account,
        "userName": name,
        "accessKeyId": key or f"AKIA{name.upper()}",
    }


def arn_of(role: str, session: str, account: str = A) -> str:
    """The ARN of a role's session."""
    return f"arn:aws:sts::{account}:assumed-role/{role}/{session}"


def session(key: str, role: str, name: str, account: str = A) -> dict[str, Any]:
    """The identity of whoever uses the session that this key was issued for."""
    return {
        "type": "AssumedRole",
        "principalId": f"AROA{role.upper()}:{name}",
        "arn": arn_of(role, name, account),
        "accountId": account,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": f"AROA{role.upper()}",
                "arn": f"arn:aws:iam::{account}:role/{role}",
                "accountId": account,
                "userName": role,
            }
        },
    }


def elsewhere(identity: dict[str, Any]) -> dict[str, Any]:
    """What another account's record says of this caller."""
    return {"type": "AWSAccount", "principalId": identity["principalId"], "accountId": identity["accountId"]}


def assume(
    number: int,
    caller: dict[str, Any],
    key: str,
    role: str,
    name: str,
    account: str = A,
    recorded_in: str | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """An AssumeRole by the caller for a role of `account`, as the account `recorded_in` tells of it."""
    given: dict[str, Any] = {
        "eventID": f"s{number}",
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRole",
        "eventTime": "2027-01-15T08:00:00Z",
        "userIdentity": caller,
        "recipientAccountId": recorded_in or account,
        "requestParameters": {"roleArn": f"arn:aws:iam::{account}:role/{role}", "roleSessionName": name},
        "responseElements": {
            "credentials": {"accessKeyId": key, "sessionToken": "t", "expiration": EXPIRES},
            "assumedRoleUser": {
                "assumedRoleId": f"AROA{role.upper()}:{name}",
                "arn": arn_of(role, name, account),
            },
        },
    }
    return cloudtrail.call(**given | changes)


def across(number: int, caller: dict[str, Any], key: str, role: str, name: str, account: str = B) -> list[Any]:
    """The two copies of an AssumeRole across accounts: the role account's, and the caller's."""
    shared = f"shared-{number}"
    theirs = assume(2 * number, elsewhere(caller), key, role, name, account, sharedEventID=shared)
    own = assume(
        2 * number + 1, caller, key, role, name, account, recorded_in=caller["accountId"], sharedEventID=shared
    )
    return [theirs, own]


def made(number: int, caller: dict[str, Any], event: str = "CreateUser", **changes: Any) -> dict[str, Any]:
    """A call by somebody, in the account of their own credentials."""
    given: dict[str, Any] = {
        "eventID": f"e{number}",
        "eventName": event,
        "eventTime": "2027-01-15T08:00:00Z",
        "userIdentity": caller,
        "recipientAccountId": caller["accountId"],
    }
    return cloudtrail.call(**given | changes)
