"""Policies: whether an IAM policy document lets everybody in.

A pattern cannot tell that: the document may be JSON inside a text, where spaces and escapes hide a star, and an
exception for one harmless statement would excuse the harmful one beside it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from agents.decisions.rules.circle import names_circle


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
    """Whether some condition holds only for a known circle: all conditions must hold, so one is enough."""
    if not isinstance(condition, Mapping):
        return False
    return any(
        names_circle(str(operator).lower(), str(key).lower(), list(_texts(values)))
        for operator, keys in condition.items()
        if isinstance(keys, Mapping)
        for key, values in keys.items()
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _texts(value: Any) -> Iterator[str]:
    """The values as texts: IAM takes an account's number without quotes too; what is neither names nobody."""
    for one in _listed(value):
        yield str(one) if isinstance(one, str | int) and not isinstance(one, bool) else ""
