"""Joining: from a call under a temporary key to the person whose session it is."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from agents.decisions.caller import Caller, name, principal_of, read_caller
from agents.decisions.grants import Held, held, name_of, twin_held
from agents.decisions.issuing import MAX_TEXT, shared_call
from streams.records.actor import Actor, ActorKind, Confidence
from streams.records.grant import Holder, Session

Sessions = Callable[[str], Session | None]
"""The session of an issued access key id, or the twin of a sharedEventID."""

MAX_NAME = 128
"""Characters of a name that a reason keeps; AWS allows 64."""

ROLES = frozenset({"AssumedRole", "Role"})
_MACHINES = frozenset({ActorKind.SERVICE, ActorKind.WORKLOAD})
"""Whoever has a session that was issued to one of these is a workload: the code that runs there."""

_OPEN = frozenset({ActorKind.PERSON, ActorKind.UNKNOWN, ActorKind.WORKLOAD})


class Join(NamedTuple):
    """What the grants make of a caller whom the record alone leads to nobody.

    `key` is set while nothing conclusive is known of it. `holder` is who has a session that this caller is given;
    None where that is the actor, as the first hop.
    """

    actor: Actor
    holder: Holder | None = None
    key: str | None = None
    contradicts: bool = False


def join(
    fields: Mapping[str, Any], actor: Actor, account: str | None, sessions: Sessions, feeds: frozenset[str]
) -> Join | None:
    """The caller as the grants know it; None where no grant could say more than the record does.

    Only a record of the session's own account is joined: no account may put its calls down to another's session.
    `feeds` are the accounts whose calls we are told: a twin of another account never comes.
    """
    if actor.person is not None or not _is_open(actor) or account is None:
        return None
    identity = fields.get("userIdentity")
    if not isinstance(identity, Mapping):
        return None
    kind = identity.get("type")
    if kind in ROLES:
        return _by_session(fields, identity, actor, account, sessions)
    shared = fields.get("sharedEventID")
    if kind != "AWSAccount" or not isinstance(shared, str) or not 0 < len(shared) <= MAX_TEXT:
        return None
    caller = read_caller(fields)
    if caller.account not in feeds or caller.account == account:
        return None
    found = twin_held(sessions(shared), shared_call(fields), caller.account, principal_of(fields))
    return _joined(actor, caller, shared, found, twin=True)


def _is_open(actor: Actor) -> bool:
    """Whether a grant may say more: also of a service that only the call's source address speaks for."""
    seems = actor.kind is ActorKind.SERVICE and actor.confidence is Confidence.LOW
    return seems or actor.kind in _OPEN


def _by_session(
    fields: Mapping[str, Any], identity: Mapping[str, Any], actor: Actor, account: str, sessions: Sessions
) -> Join | None:
    """By the key of a role's session. Of most keys nothing is known: then the caller is not read once more."""
    key = name(identity.get("accessKeyId"))
    if key is None or len(key) > MAX_TEXT:
        return None
    session = sessions(key)
    if session is None and identity.get("accountId") == account:
        return Join(actor, key=key)
    caller = read_caller(fields)
    if caller.account != account or caller.contradicts:
        return None
    return _joined(actor, caller, key, held(session, caller.arn or ""))


def _joined(actor: Actor, caller: Caller, key: str, found: Held, *, twin: bool = False) -> Join:
    what = "call" if twin else "session"
    if found.contradicts:
        names = " and ".join(sorted(found.names))
        told = msgspec.structs.replace(actor, why=f"this {what} is said to be of several people: {names}")
        return Join(told, contradicts=True)
    holder = found.holder
    if holder is None:
        return Join(actor, key=key)
    further = Holder(holder.actor, holder.hops + 1)
    if name_of(holder.actor) is not None:
        return Join(msgspec.structs.replace(holder.actor, why=_why(holder, caller, twin=twin)), further)
    issued_to_one = holder.actor.kind in _MACHINES and actor.kind is not ActorKind.SERVICE
    kind = ActorKind.WORKLOAD if issued_to_one else actor.kind
    why = f"{actor.why}; the {what} leads back to nobody proven: {holder.actor.why}"
    return Join(msgspec.structs.replace(actor, kind=kind, why=why), further)


def _why(holder: Holder, caller: Caller, *, twin: bool) -> str:
    if twin:
        return f"account {caller.account}'s own record of this call: {holder.actor.why}"
    hops = f"{holder.hops} hop{'' if holder.hops == 1 else 's'}"
    session = f"session {(caller.session or '-')[:MAX_NAME]} of role {(caller.role_name or '-')[:MAX_NAME]}"
    return f"{session}, joined through {hops} from {holder.actor.why}"
