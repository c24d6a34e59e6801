"""Circle: whether one condition of a policy holds for a known circle only, or for whoever likes to fulfil it.

A condition restricts by what a caller cannot choose: an account, an organization, an id that AWS gave, a network.
A wildcard there leaves the choice to the caller. Operators and keys: "IAM JSON policy elements: Condition
operators" and "AWS global condition context keys".
"""

import ipaddress
from collections.abc import Callable, Sequence

from agents.decisions.rules.providers import CLAIMS, GITHUB

_LITERAL = ("stringequals", "stringequalsignorecase")
_LIKE = "stringlike"
_ARN = ("arnequals", "arnlike")
"""Both read wildcards, each inside of one part of the ARN."""

_NETWORK = "ipaddress"

_OWN_VALUES = frozenset({"${aws:resourceaccount}", "${aws:resourceorgid}", "${aws:resourceorgpaths}"})
"""Variables that the caller does not choose; every other one may stand for the caller's own value."""

_ARN_PARTS = 6

_WIDEST = {4: 8, 6: 16}
"""Fewest leading bits of a network that is somebody's."""

_TOGETHER = 4
"""So many networks of that size a list may hold in all: the halves of the world are the world."""

_PRIVATE_V6 = ipaddress.IPv6Network("fc00::/7")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def names_circle(operator: str, key: str, values: Sequence[str]) -> bool:
    """Whether a request fulfils the condition only from inside a known circle; all names in small letters.

    Negated operators name everybody else. With `...IfExists` and `ForAllValues:` a request without the key passes.
    """
    operator = operator.removeprefix("foranyvalue:")
    named = _KEYS.get(key)
    if named is None or operator not in (*_LITERAL, _LIKE, *_ARN, _NETWORK):
        return False
    if operator == _NETWORK:
        return key == _SOURCE_IP and _are_known_networks(values)
    return all(_is_known(named, operator, value) for value in values)


def _is_known(named: Callable[[str, str], bool], operator: str, value: str) -> bool:
    """One value of the list: each alone lets in whoever fulfils it."""
    if "${" in value:
        return value.lower() in _OWN_VALUES
    if value == "*":
        return False
    if operator in _LITERAL and named is not _repository:
        return True  # whatever the value is, it is somebody's; but a branch named main is everybody's
    return named(value, operator)


def _plain(value: str, _operator: str) -> bool:
    """An account, an organization, a network of AWS: no part of it is open."""
    return not _is_open(value)


def _first_of_path(value: str, _operator: str) -> bool:
    """`o-ORGANIZATION/r-ROOT/ou-UNIT/`: the organization."""
    return not _is_open(value.partition("/")[0])


def _first_of_id(value: str, _operator: str) -> bool:
    """`ID:SESSION`: the id is AWS's, the session's name the caller's."""
    return not _is_open(value.partition(":")[0])


def _principal(value: str, operator: str) -> bool:
    """`arn:PARTITION:iam::ACCOUNT:...`: the account.

    In a text, unlike in an ARN, a star before it also takes the colons: a role's path may hold the rest.
    """
    parts = value.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS or _is_open(parts[4]):
        return False
    return operator != _LIKE or not _is_open(":".join(parts[:4]))


def _source(value: str, operator: str) -> bool:
    """The account of what AWS calls for; buckets have none in their ARN, and names that nobody else can have.

    In a text a star before the account takes colons, as in `_principal`: a name of somebody's may hold the rest.
    """
    parts = value.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS or (operator == _LIKE and _is_open(":".join(parts[:4]))):
        return False
    account, resource = parts[4:]
    if account and not _is_open(account):
        return True
    return parts[2] == "s3" and not _is_open(resource.partition("/")[0])


def _owner(value: str, _operator: str) -> bool:
    """`repo:OWNER/NAME:...`, `organization:OWNER:...`, `OWNER/NAME` or an id: the owner, and the word before it.

    A star right behind the owner also takes names that only begin so: somebody else can have those.
    """
    if not _is_open(value):
        return True
    sort, colon, rest = value.partition(":")
    owner = rest.partition(":")[0] if colon else sort
    return not _is_open(owner.partition("/")[0]) and not _is_open(sort.partition("/")[0])


def _repository(value: str, _operator: str) -> bool:
    """GitHub's subject, pairs of a name and a value: one that says whose repository it is, before any star.

    A repository chooses which pairs its subject has. An environment or a branch is nobody's, and a workflow may be
    called from anybody's.
    """
    parts = value.split(":")
    for name, owner in zip(parts[::2], parts[1::2], strict=False):
        if name in _OF_OWNERS:
            return not _is_open(owner.partition("/")[0])
        if _is_open(name) or _is_open(owner):
            return False
    return False


def _address(value: str, _operator: str) -> bool:
    return _are_known_networks([value])


def _are_known_networks(values: Sequence[str]) -> bool:
    """Whether each is somebody's network, and all together are no part of the internet worth the name."""
    try:
        networks: list[Network] = [ipaddress.ip_network(value, strict=False) for value in values]
    except ValueError:
        return False
    held = {4: 0.0, 6: 0.0}
    for network in networks:
        if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_PRIVATE_V6):
            continue
        if network.prefixlen < _WIDEST[network.version]:
            return False
        held[network.version] += 2.0 ** (_WIDEST[network.version] - network.prefixlen)
    return max(held.values()) <= _TOGETHER


def _is_open(text: str) -> bool:
    return not text or "*" in text or "?" in text


_OF_OWNERS = frozenset({"repo", "repository", "repository_id", "repository_owner", "repository_owner_id"})

_SOURCE_IP = "aws:sourceip"

_KEYS: dict[str, Callable[[str, str], bool]] = {
    "aws:principalaccount": _plain,
    "aws:principalarn": _principal,
    "aws:principalorgid": _plain,
    "aws:principalorgpaths": _first_of_path,
    "aws:sourceaccount": _plain,
    "aws:sourcearn": _source,
    "aws:sourceorgid": _plain,
    "aws:sourceorgpaths": _first_of_path,
    "aws:sourceowner": _plain,
    "aws:sourcevpc": _plain,
    "aws:sourcevpce": _plain,
    "aws:userid": _first_of_id,
    "kms:calleraccount": _plain,
    "s3:dataaccesspointaccount": _plain,
    _SOURCE_IP: _address,
    **{f"{provider}:{claim}": _owner for provider, claims in CLAIMS.items() for claim in claims},
    **{f"{provider}:sub": _repository for provider in GITHUB},
}
"""Condition keys that can name a circle, and how; `sts:ExternalId` is not one: whoever knows or guesses it may."""
