"""Credential: what a call was signed with, which chooses its partition."""

from collections.abc import Mapping
from typing import Any

from streams.records.account import account_of


def credential(fields: Mapping[str, Any], account: str | None = None) -> str:
    """The access key id, else the principal id, else the account; `account` is the envelope's.

    Another account's call, which says nothing of who made it, goes by its sharedEventID: there it meets what the
    caller's own copy says of that.
    Invariant: never empty. The calls of one session lie in one partition, in the order of their arrival.
    """
    identity = fields.get("userIdentity")
    if isinstance(identity, Mapping):
        if identity.get("type") == "AWSAccount":
            shared = fields.get("sharedEventID")
            if isinstance(shared, str) and shared:
                return shared
        for name in ("accessKeyId", "principalId"):
            value = identity.get(name)
            if isinstance(value, str) and value:
                return value
    return account_of(fields, account) or "-"
