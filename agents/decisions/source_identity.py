"""Source identity: whom a session names itself after, against whom its grants name.

Whoever may set a source identity chooses it at the first AssumeRole; from there on AWS carries it through every
chain unchanged ("Monitor and control actions taken with assumed roles"). So where a grant puts the session down to
another person, one of both is wrong, and neither is believed.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from agents.decisions.caller import name, read_caller
from agents.decisions.directory import Directory
from agents.decisions.grants import held, name_of
from agents.decisions.issuing import MAX_TEXT, issues_session
from agents.decisions.joining import ROLES, Join, Sessions
from streams.records.actor import Actor, Confidence
from streams.records.grant import Holder


def doubt(fields: Mapping[str, Any], actor: Actor, sessions: Sessions, directory: Directory) -> Join | None:
    """The caller whom the record of a role's session proves, where the grants of that session name another.

    None where they do not. A holder who is not in the people file is no other: a broker that hands out sessions in
    people's names calls as an IAM user of its own, and a person whose id was changed is the same one. What issues
    a session waits for the grant of its own, which may be on its way: else the doubt would end with this role.
    """
    identity = fields.get("userIdentity")
    if actor.person is None or not isinstance(identity, Mapping) or identity.get("type") not in ROLES:
        return None
    key = name(identity.get("accessKeyId"))
    if key is None or len(key) > MAX_TEXT:
        return None
    session = sessions(key)
    if session is None:
        return Join(actor, key=key) if issues_session(fields) else None
    caller = read_caller(fields)
    found = held(session, caller.arn or "")
    holds = found.holder.actor.person if found.holder is not None else None
    known = directory.person(holds) if holds is not None else None
    said = found.names if found.contradicts else {known.id} if known is not None else set()
    others = said - {actor.person}
    if not others:
        return None
    why = f"{actor.why}, and a grant says that it is of {' and '.join(sorted(others))}"
    told = msgspec.structs.replace(
        actor, person=None, confidence=Confidence.LOW, why=why, account=caller.account or caller.recipient
    )
    return Join(told, Holder(actor, 1, claimed=min(others)), contradicts=True)


def claiming(fields: Mapping[str, Any], caller: Holder | Actor, directory: Directory) -> Holder | None:
    """Who has the session that this call issued, where the caller named it after another person; else None."""
    if not issues_session(fields):
        return None
    holder = Holder(caller, 1) if isinstance(caller, Actor) else caller
    if holder.actor.person is None or name_of(holder.actor) is None:
        return None
    asked = fields.get("requestParameters")
    claim = name(asked.get("sourceIdentity")) if isinstance(asked, Mapping) else None
    person = directory.by_source_identity(claim) if claim is not None else None
    if person is None or person.id == holder.actor.person:
        return None
    return msgspec.structs.replace(holder, claimed=person.id)
