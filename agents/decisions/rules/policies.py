"""Policies: whether an IAM policy document lets everybody in.

A pattern cannot tell that: the document may be JSON inside a text, where spaces and escapes hide a star, and an
exception for one harmless statement would excuse the harmful one beside it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

RESTRICTING_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
        "sts:externalid",
    }
)
"""Condition keys by which a statement for everybody is still for a known circle only."""

_RESTRICTING_OPERATORS = ("stringequals", "stringlike", "arnequals", "arnlike", "ipaddress")
_OPEN_VALUES = frozenset({"*", "0.0.0.0/0", "::/0"})


def is_public(document: Any) -> bool | None:
    """Whether a statement allows everybody without a restricting condition; None: this is no policy document."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError):
            return None
    if not isinstance(document, Mapping):
        return None
    return any(_allows_everybody(statement) for statement in _listed(document.get("Statement")))


def _allows_everybody(statement: Any) -> bool:
    if not isinstance(statement, Mapping) or statement.get("Effect") != "Allow":
        return False
    everybody = "NotPrincipal" in statement or _is_everybody(statement.get("Principal"))
    return everybody and not _is_restricted(statement.get("Condition"))


def _is_everybody(principal: Any) -> bool:
    named = principal.values() if isinstance(principal, Mapping) else [principal]
    return any(value == "*" for values in named for value in _listed(values))


def _is_restricted(condition: Any) -> bool:
    if not isinstance(condition, Mapping):
        return False
    for operator, keys in condition.items():
        # With ...IfExists and ForAllValues a request that lacks the key passes: they restrict nobody.
        name = str(operator).lower().removeprefix("foranyvalue:")
        if not name.startswith(_RESTRICTING_OPERATORS) or name.endswith("ifexists"):
            continue
        if isinstance(keys, Mapping) and any(_restricts(key, values) for key, values in keys.items()):
            return True
    return False


def _restricts(key: Any, values: Any) -> bool:
    return str(key).lower() in RESTRICTING_KEYS and not any(text in _OPEN_VALUES for text in _texts(values))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _texts(value: Any) -> Iterator[str]:
    return (text for text in _listed(value) if isinstance(text, str))
