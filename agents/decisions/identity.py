"""Identity: from a record to the actor, in the order of trust, and from the actor to the person to be asked."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from agents.decisions.asking import NOBODY_PROVEN, Asking, AskPolicy, asking
from agents.decisions.caller import Caller, read_caller
from agents.decisions.directory import Directory, Person
from streams.records.actor import Actor, ActorKind, Asked, Confidence

_CONSOLE = "signin.amazonaws.com"
"""Older records name the console as `invokedBy`; it is the person's own hand, not a service's."""

MAX_CLAIM = 128
"""Characters of a claim that are kept; AWS allows 64 for session names and IAM users."""

NO_POLICY: AskPolicy = {}
"""A rule that leaves it to the account whom to ask."""

_ROLES = frozenset({"AssumedRole", "Role"})
_SERVICE_TYPES = frozenset({None, "AssumedRole", "Role", "AWSAccount", "Unknown"})

_MACHINE_SESSION = re.compile(
    r"i-[0-9a-f]{8,17}|botocore-session-[0-9]+|aws-go-sdk-[0-9]+|gntd-.*|[0-9]+|SLRManagement"
    r"|system:serviceaccount:.*|repo:.*|GitHubActions|GitHub_to_AWS.*"
)
"""Session names that machines and tools make up; none of them is a person's."""


def resolve_actor(fields: Mapping[str, Any], directory: Directory, account: str | None = None) -> Actor:
    """Who made this call, as far as its record alone proves it; never raises, whatever the record holds.

    `confidence` is what the record proves about the claim; `person` is set only where the directory knows that
    claim. The actor's `account` is set only without a person: what one person does in many accounts belongs
    together. The call's `account` is the one that its feed may speak for, else what the record says itself.
    """
    caller = read_caller(fields)
    return (
        _service(caller)
        or _root(caller)
        or _proven(caller, directory, account or caller.recipient)
        or _service_source(caller, directory)
        or _claimed(caller)
    )


def route(
    actor: Actor, account: str | None, directory: Directory, ask: AskPolicy = NO_POLICY
) -> tuple[Asked | None, str | None]:
    """Whom to ask, and why that cannot be done: service, root, unattributed, policy, no_slack or no_duo.

    `account` is the call's, whose owner may be asked in the actor's place; `ask` is the rule's policy. A person
    without Slack or Duo, or whom a policy pages, is named all the same, so that the page says who it was.
    """
    if actor.kind is ActorKind.SERVICE:
        return None, "service"
    if actor.kind is ActorKind.ROOT:
        return None, "root"
    person = person_of(actor, directory)
    way = asking(actor, ask, directory.ask_policy(account))
    if way is Asking.OWNER:
        owner = directory.owner(account) if account is not None else None
        return _reach(owner) if owner is not None else (_asked(person), "unattributed")
    if way is Asking.PAGE:
        return _asked(person), "unattributed" if person is None else "policy"
    return _reach(person) if person is not None else (None, "unattributed")


def person_of(actor: Actor, directory: Directory) -> Person | None:
    """The person an actor is proven to be."""
    if actor.person is None or actor.confidence in NOBODY_PROVEN:
        return None
    return directory.person(actor.person)


def named(actor: Actor, directory: Directory) -> Asked | None:
    """The person an actor is proven to be, as a case names them."""
    return _asked(person_of(actor, directory))


def _reach(person: Person) -> tuple[Asked | None, str | None]:
    """A person as they are asked, and what is missing for it."""
    if person.slack is None:
        return _asked(person), "no_slack"
    return _asked(person), "no_duo" if person.duo is None else None


def _asked(person: Person | None) -> Asked | None:
    return None if person is None else Asked(person.id, person.name, person.slack, person.duo)


def _service(caller: Caller) -> Actor | None:
    """A service of AWS, on its own or on somebody's behalf."""
    if caller.service is not None and caller.service != _CONSOLE:
        return _actor(ActorKind.SERVICE, caller.service, f"{_cut(caller.service)} made this call", caller)
    by_itself = caller.event_type == "AwsServiceEvent" and caller.type != "IdentityCenterUser"
    if caller.type == "AWSService" or by_itself:
        why = "an AWS service made this call by itself"
        return _actor(ActorKind.SERVICE, caller.source, why, caller)
    if caller.service_linked:
        why = f"{_cut(caller.role_name)} is service-linked: only its AWS service can use it"
        return _actor(ActorKind.SERVICE, caller.role_name, why, caller)
    return None


def _root(caller: Caller) -> Actor | None:
    if caller.type == "Root":
        why = "the root user of the account, who is nobody in particular"
    elif caller.type == "FederatedUser" and caller.issuer_type == "Root":
        why = "a federation token that the root user of the account issued"
    else:
        return None
    return Actor(ActorKind.ROOT, None, None, Confidence.NONE, why, caller.account)


def _proven(caller: Caller, directory: Directory, account: str | None) -> Actor | None:
    """The strongest proof that leads to a person of the directory, else the strongest proof there is."""
    strongest: _Proof | None = None
    for proof in _proofs(caller, directory, account):
        if proof.person is not None:
            return Actor(ActorKind.PERSON, proof.person.id, _cut(proof.claim), proof.confidence, proof.why)
        strongest = strongest or proof
    if strongest is None:
        return None
    why = f"{strongest.why}, who is not in the people file"
    return _actor(ActorKind.PERSON, strongest.claim, why, caller, strongest.confidence)


class _Proof(NamedTuple):
    person: Person | None
    claim: str
    why: str
    confidence: Confidence = Confidence.HIGH


def _proofs(caller: Caller, directory: Directory, call_account: str | None) -> Iterator[_Proof]:
    """Everything the record proves, the strongest first."""
    if (claim := caller.source_identity) is not None:
        yield _Proof(directory.by_source_identity(claim), claim, f"the session's source identity is {_cut(claim)}")
    if caller.type in _ROLES and caller.session is not None and not caller.contradicts:
        yield from _session_proofs(caller, caller.session, directory)
    if caller.type == "IdentityCenterUser" and (claim := caller.identity_center_user) is not None:
        yield _Proof(directory.by_sso(claim), claim, f"Identity Center's user {_cut(claim)}")
    how, account, user = _iam_user(caller)
    # Of another account's user AWS tells no account the name: a record that does is none of AWS's making.
    if account is not None and user is not None and call_account in {None, account}:
        why = f"{how} {_cut(user)} of account {_cut(account)}"
        yield _Proof(directory.by_iam_user(account, user), user, why)


def _iam_user(caller: Caller) -> tuple[str, str | None, str | None]:
    """The IAM user who called, or whose key issued the federation token that called: account and name."""
    if caller.type == "IAMUser":
        return "IAM user", caller.account, caller.user_name or caller.iam_user
    if caller.type == "FederatedUser" and caller.issuer_type == "IAMUser":
        return "a federation token issued to IAM user", caller.issuer_account, caller.issuer_user
    return "", None, None


def _session_proofs(caller: Caller, session: str, directory: Directory) -> Iterator[_Proof]:
    if caller.through_identity_center:
        why = f"signed in through Identity Center as {_cut(session)}"
        yield _Proof(directory.by_sso(session), session, why)
    pinned = directory.by_pinned_session(caller.role_arn, session) if caller.role_arn is not None else None
    if pinned is not None:
        why = f"role {_cut(caller.role_name)} lets only this person use the session name {_cut(session)}"
        yield _Proof(pinned, session, why, Confidence.MEDIUM)


def _service_source(caller: Caller, directory: Directory) -> Actor | None:
    """A call from inside AWS whose session name is nobody's: low, for a grant may know whose session it is."""
    source = caller.source
    if source is None or caller.type not in _SERVICE_TYPES:
        return None
    if source != "AWS Internal" and not source.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return None
    session = caller.session or ""
    if "@" in session or session in directory.people or directory.by_sso(session) is not None:
        return None
    why = f"the call came from inside AWS ({_cut(source)})"
    return _actor(ActorKind.SERVICE, source, why, caller, Confidence.LOW)


def _claimed(caller: Caller) -> Actor:
    """What the record says and nothing proves."""
    if caller.type in _ROLES:
        return _bare_session(caller)
    if caller.type == "AWSAccount":
        why = f"another account ({_cut(caller.account) or 'unnamed'}) made this call, and hides who did"
        return _actor(ActorKind.UNKNOWN, caller.session, why, caller)
    claim = caller.user_name or (caller.session if caller.type == "FederatedUser" else None)
    sort = _cut(caller.type) or "a caller without a type"
    if claim is None:
        return _actor(ActorKind.UNKNOWN, None, f"the record names nobody ({sort})", caller)
    kind = ActorKind.WORKLOAD if _MACHINE_SESSION.fullmatch(claim) else ActorKind.UNKNOWN
    why = f"the record says {_cut(claim)} ({sort}), and nothing proves it"
    return _actor(kind, claim, why, caller, Confidence.LOW)


def _bare_session(caller: Caller) -> Actor:
    session = caller.session
    if session is None:
        return _actor(ActorKind.UNKNOWN, None, "a role's session without a name", caller)
    if _MACHINE_SESSION.fullmatch(session):
        why = f"session {_cut(session)} has a name that a machine or a tool makes up"
        return _actor(ActorKind.WORKLOAD, session, why, caller, Confidence.LOW)
    role = _cut(caller.role_name) or "without a name"
    why = f"the caller named the session {_cut(session)} of role {role}, and nothing proves it"
    if caller.contradicts:
        why = f"the record gives two names for one session, one of them {_cut(session)}"
    return _actor(ActorKind.UNKNOWN, session, why, caller, Confidence.LOW)


def _actor(
    kind: ActorKind,
    claim: str | None,
    why: str,
    caller: Caller,
    confidence: Confidence = Confidence.NONE,
) -> Actor:
    """An actor that is no known person, in the account it called from."""
    return Actor(kind, None, _cut(claim), confidence, why, _cut(caller.account or caller.recipient))


def _cut(text: str | None) -> str | None:
    """Short enough for a key and a question: the caller may have sent kilobytes."""
    return None if text is None else text[:MAX_CLAIM]
