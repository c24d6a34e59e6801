"""Issuing: what a record says of sessions that it issued, and of the same call in another account's copy."""

from collections.abc import Mapping
from typing import Any

import msgspec

from agents.decisions.caller import Caller, name, principal_of, read_caller
from agents.decisions.times import expiration_ms
from streams.records.grant import Grant, Holder, Proof
from streams.records.head import Head

SESSION_CALLS = (
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "AssumeRoot",
    "GetFederationToken",
    "GetSessionToken",
)
"""Calls that issue credentials: always wanted, for they tell whose session a later call belongs to."""

STS = "sts.amazonaws.com"
LONGEST_MS = 36 * 3_600_000
"""What STS gives at most (GetSessionToken, GetFederationToken): no record keeps a session longer than that."""

MAX_TEXT = 512
"""A longer key, ARN or principal is none of AWS's making, and not kept."""


def issues_session(fields: Mapping[str, Any]) -> bool:
    """Whether this call issued credentials; cheap, for it is asked of every call."""
    return (
        fields.get("eventSource") == STS
        and fields.get("eventName") in SESSION_CALLS
        and _issued_key(fields) is not None
    )


def tells_of_sessions(fields: Mapping[str, Any]) -> bool:
    """Whether `grants_of` could find anything in this call."""
    return issues_session(fields) or isinstance(fields.get("sharedEventID"), str)


def may_tell_of_sessions(head: Head) -> bool:
    """Whether `tells_of_sessions` could be true of the record with this head."""
    return head.shared or (head.event_source == STS and head.event_name in SESSION_CALLS)


def grants_of(fields: Mapping[str, Any], account: str | None, mark: bytes, received_ms: int) -> list[Grant]:
    """What a call says of sessions and of its own twin, whoever made it: holders are filled in by `held_by`.

    `mark` is the call's fingerprint, `account` the one that the feed's binding accepted the record for. A record
    is believed about its own account only: of a session where the role is in it, of its
    caller where the caller is.
    """
    issuing, shared = issues_session(fields), fields.get("sharedEventID")
    if account is None or not (issuing or isinstance(shared, str)):
        return []
    caller, source = read_caller(fields), mark.hex()
    found = [_session(fields, caller, account, source, received_ms)] if issuing else []
    found.append(_twin(fields, caller, account, source, received_ms))
    return [one for one in found if one is not None and _sound(one)]


def held_by(grants: list[Grant], holder: Holder) -> list[Grant]:
    """The grants with who made the call; the role account's copy of another account's call cannot tell.

    Whom the caller named the session after says nothing of who made this call itself.
    """
    maker = msgspec.structs.replace(holder, claimed=None)
    holders = {Proof.ROLE: None, Proof.TWIN: maker}
    return [msgspec.structs.replace(one, holder=holders.get(one.proof, holder)) for one in grants]


def shared_call(fields: Mapping[str, Any]) -> str:
    """What the two copies of one call have in common besides their sharedEventID and caller."""
    return " ".join(str(fields.get(part)) for part in ("eventSource", "eventName", "eventTime"))


def _session(
    fields: Mapping[str, Any], caller: Caller, account: str, source: str, received_ms: int
) -> Grant | None:
    key, subject = _issued_key(fields), _subject(fields, caller)
    if key is None or subject is None:
        return None
    proof = _proof(subject.split(":")[4], caller.account, account)
    if proof is None:
        return None
    credentials = _inside(fields, "responseElements", "credentials")
    latest_ms = received_ms + LONGEST_MS
    return Grant(
        key=key,
        proof=proof,
        source=source,
        subject=subject,
        account=caller.account,
        principal=principal_of(fields),
        shared=name(fields.get("sharedEventID")),
        until_ms=min(expiration_ms(credentials.get("expiration")) or latest_ms, latest_ms),
    )


def _proof(role_account: str, caller_account: str | None, account: str) -> Proof | None:
    """SAML and OIDC callers, and services, are of no account: the role's own record is the only one there is."""
    if role_account == account:
        return Proof.WHOLE if caller_account in {None, account} else Proof.ROLE
    return Proof.CALLER if caller_account == account else None


def _twin(fields: Mapping[str, Any], caller: Caller, account: str, source: str, received_ms: int) -> Grant | None:
    shared = name(fields.get("sharedEventID"))
    principal = principal_of(fields)
    if shared is None or caller.account != account or caller.type == "AWSAccount" or principal is None:
        return None
    return Grant(
        key=shared,
        proof=Proof.TWIN,
        source=source,
        subject=shared_call(fields),
        account=account,
        principal=principal,
        shared=shared,
        until_ms=received_ms,
    )


def _issued_key(fields: Mapping[str, Any]) -> str | None:
    return name(_inside(fields, "responseElements", "credentials").get("accessKeyId"))


def _subject(fields: Mapping[str, Any], caller: Caller) -> str | None:
    """The ARN that the session's own calls will show; `arn:PARTITION:sts::ACCOUNT:assumed-role/ROLE/SESSION`."""
    for user in ("assumedRoleUser", "federatedUser"):
        arn = name(_inside(fields, "responseElements", user).get("arn"))
        if arn is not None and arn.count(":") >= 5:
            return arn
    asked = _inside(fields, "requestParameters")
    role, session = name(asked.get("roleArn")), name(asked.get("roleSessionName"))
    parts = (role or "").split(":", 5)
    if session is not None and len(parts) == 6 and parts[5].startswith("role/"):
        return f"{parts[0]}:{parts[1]}:sts::{parts[4]}:assumed-role/{parts[5].rpartition('/')[2]}/{session}"
    own = fields.get("eventName") == "GetSessionToken" and caller.arn is not None and caller.arn.count(":") >= 5
    return caller.arn if own else None


def _inside(fields: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    value: Any = fields
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _sound(grant: Grant) -> bool:
    texts = (grant.key, grant.subject, grant.account, grant.principal, grant.shared)
    return all(text is None or len(text) <= MAX_TEXT for text in texts)
