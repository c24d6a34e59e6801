"""Account: which AWS account a call belongs to."""

from collections.abc import Mapping
from typing import Any


def account_of(fields: Mapping[str, Any], envelope_account: str | None = None) -> str | None:
    """The record's recipientAccountId, else the envelope's account, else the caller's own, else None."""
    recipient = fields.get("recipientAccountId")
    if isinstance(recipient, str) and recipient:
        return recipient
    if envelope_account:
        return envelope_account
    identity = fields.get("userIdentity")
    own = identity.get("accountId") if isinstance(identity, Mapping) else None
    return own if isinstance(own, str) and own else None
