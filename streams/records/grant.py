"""Grant: an issued access key id, and whom it was issued to, on its way to where its calls arrive."""

from enum import StrEnum

from msgspec import Struct

from streams.records.actor import Actor


class Proof(StrEnum):
    """What the record behind a grant can prove, by the account that recorded it.

    `whole`: caller and role are of that account, so it proves the session and names who has it. `role`: only the
    role is, so it proves the session. `caller`: only the caller is, so it names the actor.
    `twin`: no session at all, but the caller's copy of a call that another account recorded as well.
    """

    WHOLE = "whole"
    ROLE = "role"
    CALLER = "caller"
    TWIN = "twin"


class Holder(Struct, frozen=True):
    """Who has a session: the actor at the first of its `hops`, as the first record resolved it.

    `claimed` is another person of the directory whom the session's own source identity names, if any.
    """

    actor: Actor
    hops: int
    claimed: str | None = None


class Grant(Struct, frozen=True):
    """What one record says of a session, or of a twin; `key` is the issued access key id, or the sharedEventID.

    `source` is the fingerprint of the record, in hex. `subject` is the session's own ARN, as its calls show it; of
    a twin the call's source, name and time. `account` and `principal` are the caller's, `shared` is the
    sharedEventID: by these the copies of two accounts find each other. `until_ms` (epoch milliseconds UTC) is when
    the session expires. `holder` is None where the record cannot name anybody.
    """

    key: str
    proof: Proof
    source: str
    subject: str
    account: str | None
    principal: str | None
    shared: str | None
    until_ms: int
    holder: Holder | None = None


class GrantFrame(Struct, frozen=True, tag="grants"):
    """One message on `calls`: grants of one partition, which triage made."""

    grants: list[Grant]
    v: int = 1


class Session(Struct, frozen=True):
    """The `sessions` entry of one key: every grant of it, each source once.

    `crowded` names the accounts that said more of this key than is kept, or all of them as "*": nothing that hangs
    on one of these is believed. `issuer` is who is charged for the entry, `named` whether it leads to somebody.
    """

    key: str
    until_ms: int
    grants: list[Grant]
    issuer: str
    named: bool
    crowded: list[str] = []
    v: int = 1
