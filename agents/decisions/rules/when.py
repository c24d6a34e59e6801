"""When: the conditions of our own that a pattern cannot say: age, parameters, who called, and what came before."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from msgspec import Struct

from agents.decisions.rules.past import CountCondition, PastOf, count_holds, since_holds
from agents.decisions.rules.policies import is_public
from agents.decisions.rules.reading import is_blank, lacks_parameters
from agents.decisions.rules.span import Span
from streams.records.actor import Actor, ActorKind, Confidence

MAX_REGEX_TEXT = 4096
"""A longer text counts as matching: a regular expression must not be made slow by a caller, nor be evaded."""


_PERSON = ActorKind.PERSON
_HANDS = ("IAMUser", "IdentityCenterUser")
_UNPROVEN = frozenset({ActorKind.UNKNOWN, ActorKind.WORKLOAD, ActorKind.SERVICE})
_NO_SERVICE = (None, "signin.amazonaws.com")

_BLANK, _MISSING = object(), object()
_ACCOUNT = re.compile(r"(?:^|:)([0-9]{12})(?=$|:)")


class JsonType(StrEnum):
    """What a parameter can be."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    NULL = "null"
    OBJECT = "object"
    LIST = "list"
    MISSING = "missing"


class ParameterCondition(Struct, frozen=True):
    """What one parameter, named by its dotted path below requestParameters, must be."""

    path: tuple[str, ...]
    type: JsonType | None = None
    regex: re.Pattern[str] | None = None


class ActorCondition(Struct, frozen=True):
    """Who must have called; an empty set asks for nothing.

    A person is also whoever is at the console or has an IAM user's key, though nothing proves who that is.
    """

    kind: frozenset[ActorKind] = frozenset()
    confidence: frozenset[Confidence] = frozenset()
    person: frozenset[str] = frozenset()
    group: frozenset[str] = frozenset()


class CallContext(NamedTuple):
    """What `when` may ask about a call beside its record; None means not known.

    `groups` are the person's in the people file, `at_ms` is when the call was made, `past` what each rule counted
    of its credential before.
    """

    age_ms: int | None = None
    actor: Actor | None = None
    groups: frozenset[str] | None = None
    at_ms: int | None = None
    past: PastOf | None = None


class When(Struct, frozen=True):
    """All conditions of a rule's `when`; every one must hold.

    `other_account` holds dotted paths below requestParameters, one of which must name an account (by its number or
    in an ARN) that is not the one the call was recorded in; `public_policy` paths one of which must hold a policy
    document that lets everybody in.
    What is unknown (no eventTime, an actor not resolved yet) counts as holding: a rule fails towards asking.
    """

    age_s: Span | None = None
    parameter_count: Span | None = None
    parameters: tuple[ParameterCondition, ...] = ()
    other_account: tuple[tuple[str, ...], ...] = ()
    public_policy: tuple[tuple[str, ...], ...] = ()
    actor: ActorCondition | None = None
    count: CountCondition | None = None
    since_last_s: Span | None = None

    @property
    def looks_back_ms(self) -> int:
        """How far back the conditions on earlier calls look; 0: there are none."""
        since = self.since_last_s
        bounds = [bound for bound in (since.min, since.max) if bound is not None] if since is not None else []
        within = self.count.within_ms if self.count is not None else 0
        return max(within, *(int(bound * 1_000) for bound in bounds), 0)


def when_holds(when: When, fields: Mapping[str, Any], context: CallContext, *, blanks_match: bool) -> bool:
    """Whether the conditions on the call itself hold; those on its past are `past_holds`.

    With `blanks_match`, hidden or cut off parameters count as fulfilling them.
    """
    if when.age_s is not None and context.age_ms is not None and not when.age_s.holds(context.age_ms / 1000):
        return False
    if when.actor is not None and context.actor is not None and not _is_actor(when.actor, fields, context):
        return False
    parameters = fields.get("requestParameters")
    if blanks_match and (is_blank(parameters) or lacks_parameters(fields)):
        return True
    count = len(parameters) if isinstance(parameters, dict) else 0
    if when.parameter_count is not None and not when.parameter_count.holds(count):
        return False
    if when.other_account and not _names_other_account(when.other_account, fields, blanks_match=blanks_match):
        return False
    if when.public_policy and not _holds_public_policy(when.public_policy, parameters, blanks_match=blanks_match):
        return False
    return all(_parameter_holds(one, parameters, blanks_match=blanks_match) for one in when.parameters)


def past_holds(when: When, rule_id: str, context: CallContext) -> bool:
    """Whether the conditions on earlier calls hold; without a past, or a time, they count as holding."""
    if (when.count is None and when.since_last_s is None) or context.past is None or context.at_ms is None:
        return True
    past = context.past(rule_id)
    if when.count is not None and not count_holds(when.count, past, context.at_ms):
        return False
    return when.since_last_s is None or since_holds(when.since_last_s, past, context.at_ms)


def _is_actor(wanted: ActorCondition, fields: Mapping[str, Any], context: CallContext) -> bool:
    actor, groups = context.actor, context.groups
    assert actor is not None
    return (
        (not wanted.kind or actor.kind in wanted.kind or (_is_by_hand(fields, actor) and _PERSON in wanted.kind))
        and (not wanted.confidence or actor.confidence in wanted.confidence)
        and (not wanted.person or actor.person in wanted.person)
        and (not wanted.group or groups is None or not groups.isdisjoint(wanted.group))
    )


def _is_by_hand(fields: Mapping[str, Any], actor: Actor) -> bool:
    """Whether somebody nobody knows made the call as people do: at the console, or as a user.

    The console's own addresses look like a service's; a service that acts for somebody is named as `invokedBy`.
    """
    identity = fields.get("userIdentity")
    named = identity if isinstance(identity, Mapping) else {}
    if actor.kind not in _UNPROVEN or named.get("invokedBy") not in _NO_SERVICE:
        return False
    return fields.get("sessionCredentialFromConsole") in (True, "true") or named.get("type") in _HANDS


def _names_other_account(
    paths: tuple[tuple[str, ...], ...], fields: Mapping[str, Any], *, blanks_match: bool
) -> bool:
    own = fields.get("recipientAccountId")
    for path in paths:
        value = _value_at(path, fields.get("requestParameters"))
        if value is _BLANK:
            if blanks_match:
                return True
        elif any(account != own for text in _texts(value) for account in _ACCOUNT.findall(text)):
            return True
    return False


def _holds_public_policy(paths: tuple[tuple[str, ...], ...], parameters: Any, *, blanks_match: bool) -> bool:
    for path in paths:
        value = _value_at(path, parameters)
        public = None if value is _BLANK else is_public(value)
        if public or (public is None and blanks_match and value is not _MISSING):
            return True
    return False


def _parameter_holds(wanted: ParameterCondition, parameters: Any, *, blanks_match: bool) -> bool:
    value = _value_at(wanted.path, parameters)
    if value is _BLANK and blanks_match:
        return True
    if wanted.type is not None and _type_of(value) != wanted.type:
        return False
    return wanted.regex is None or any(_found(wanted.regex, text) for text in _texts(value))


def _value_at(path: tuple[str, ...], value: Any) -> Any:
    """The value at a path through objects, or a mark that it is missing or held back."""
    for step in path:
        if is_blank(value):
            return _BLANK
        if not isinstance(value, dict) or step not in value:
            return _MISSING
        value = value[step]
    return _BLANK if is_blank(value) else value


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, str)]


def _found(regex: re.Pattern[str], text: str) -> bool:
    return len(text) > MAX_REGEX_TEXT or regex.search(text) is not None


_TYPES: tuple[tuple[JsonType, Callable[[Any], bool]], ...] = (
    (JsonType.MISSING, lambda value: value is _MISSING),
    (JsonType.STRING, lambda value: value is _BLANK),
    (JsonType.NULL, lambda value: value is None),
    (JsonType.BOOLEAN, lambda value: isinstance(value, bool)),
    (JsonType.NUMBER, lambda value: isinstance(value, int | float)),
    (JsonType.STRING, lambda value: isinstance(value, str)),
    (JsonType.LIST, lambda value: isinstance(value, list)),
)


def _type_of(value: Any) -> JsonType:
    return next((name for name, test in _TYPES if test(value)), JsonType.OBJECT)
