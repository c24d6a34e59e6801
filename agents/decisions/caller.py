"""Caller: what a record says of who called, read so that no odd value raises."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
_NOTHING: Mapping[str, Any] = {}
_NO_NAMES = frozenset({"", "-", "--", "null", "None", HIDDEN})

_SSO_ROLE = "AWSReservedSSO_"
_SSO_PATH = "role/aws-reserved/sso.amazonaws.com/"
_SERVICE_LINKED_PATH = "role/aws-service-role/"


class Caller(Struct, frozen=True):
    """The parts of a record that say who called; None where the record has no usable text.

    `session` is the session name of an assumed role, `role_arn` the ARN of that role with its path;
    `iam_user` is the name that the ARN of an IAM user ends in;
    `contradicts` is set where arn and principalId name different sessions.
    """

    type: str | None
    account: str | None
    user_name: str | None
    iam_user: str | None
    arn: str | None
    role_arn: str | None
    role_name: str | None
    session: str | None
    contradicts: bool
    source_identity: str | None
    issuer_type: str | None
    issuer_account: str | None
    issuer_user: str | None
    identity_center_user: str | None
    service: str | None
    source: str | None
    event_type: str | None
    recipient: str | None

    @property
    def through_identity_center(self) -> bool:
        """Whether the role is one that Identity Center alone can assume.

        Only AWS can make roles whose path begins with /aws-reserved/. The name's beginning alone proves nothing,
        nor does such a path further on in the ARN: anybody may give both to a role of their own.
        """
        named = (self.role_name or "").startswith(_SSO_ROLE)
        return named and _named_by_arn(self.role_arn).startswith(_SSO_PATH)

    @property
    def service_linked(self) -> bool:
        """Whether the role is service-linked: only its AWS service can assume it."""
        return _named_by_arn(self.role_arn).startswith(_SERVICE_LINKED_PATH)


def read_caller(fields: Mapping[str, Any]) -> Caller:
    """The caller of one decoded record."""
    identity = _mapping(fields.get("userIdentity"))
    context = _mapping(identity.get("sessionContext"))
    issuer = _mapping(context.get("sessionIssuer"))
    behalf = _mapping(identity.get("onBehalfOf"))
    arn = name(identity.get("arn"))
    resource = _named_by_arn(arn).split("/")
    by_arn = _session_of(resource)
    by_principal = _after_colon(identity.get("principalId"))
    return Caller(
        type=name(identity.get("type")),
        account=name(identity.get("accountId")) or _account_of_arn(arn),
        user_name=name(identity.get("userName")),
        iam_user=_user_of(resource),
        arn=arn,
        role_arn=name(issuer.get("arn")),
        role_name=name(issuer.get("userName")) or _role_of(resource),
        session=by_arn or by_principal,
        contradicts=by_arn is not None and by_principal is not None and by_arn != by_principal,
        source_identity=name(context.get("sourceIdentity")),
        issuer_type=name(issuer.get("type")),
        issuer_account=name(issuer.get("accountId")),
        issuer_user=name(issuer.get("userName")),
        identity_center_user=name(behalf.get("userId")),
        service=name(identity.get("invokedBy")),
        source=name(fields.get("sourceIPAddress")),
        event_type=name(fields.get("eventType")),
        recipient=name(fields.get("recipientAccountId")),
    )


def principal_of(fields: Mapping[str, Any]) -> str | None:
    """The caller's principal id, which both records of a call across accounts show."""
    return name(_mapping(fields.get("userIdentity")).get("principalId"))


def name(value: Any) -> str | None:
    """A text that can be somebody's name: never blank, "null", or a value that AWS hid."""
    return value if isinstance(value, str) and value.strip() not in _NO_NAMES else None


def _mapping(value: Any) -> Mapping[str, Any]:
    # A record is of dictionaries; what else is a mapping takes long to tell.
    return value if isinstance(value, (dict, Mapping)) else _NOTHING


def _account_of_arn(arn: str | None) -> str | None:
    parts = (arn or "").split(":")
    return name(parts[4]) if len(parts) > 5 else None


def _named_by_arn(arn: str | None) -> str:
    """What follows the account, in which colons may stand: IAM allows them in paths."""
    parts = (arn or "").split(":", 5)
    return parts[5] if len(parts) == 6 else ""


def _session_of(resource: list[str]) -> str | None:
    """`arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, or federated-user/NAME."""
    match resource:
        case ["assumed-role", _, session] | ["federated-user", session]:
            return name(session)
        case _:
            return None


def _role_of(resource: list[str]) -> str | None:
    match resource:
        case ["assumed-role", role, _]:
            return name(role)
        case _:
            return None


def _user_of(resource: list[str]) -> str | None:
    """`arn:aws:iam::ACCOUNT:user/PATH/NAME`."""
    match resource:
        case ["user", *_, user]:
            return name(user)
        case _:
            return None


def _after_colon(principal: Any) -> str | None:
    text = name(principal)
    return name(text.partition(":")[2]) if text is not None else None
