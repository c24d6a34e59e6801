"""Policies: whether an IAM policy document lets everybody in.

A pattern cannot tell that: the document may be JSON inside a text, where spaces and escapes hide a star, and an
exception for one harmless statement would excuse the harmful one beside it.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from agents.decisions.rules.circle import names_circle
from agents.decisions.rules.providers import is_shared


def is_public(document: Any) -> bool | None:
    """Whether a statement allows everybody without a restricting condition; None: nobody can tell.

    That is no policy document, or one that says a key twice: AWS may read another one of the values than we do, so
    it is public if any of them is, and else unknown.
    """
    repeating = False
    if isinstance(document, str):
        objects: list[_Repeating] = []
        try:
            document = json.loads(document, object_pairs_hook=lambda pairs: _object(pairs, objects))
        except (ValueError, RecursionError):
            return None
        repeating = bool(objects)
    if not isinstance(document, Mapping):
        return None
    statements = (one for value in _said(document, "Statement") for one in _listed(value))
    return any(_allows_everybody(one) for one in statements) or (None if repeating else False)


class _Repeating(dict[str, Any]):
    """An object in which a key stands more than once: `said` has every value of every key."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.said: defaultdict[str, list[Any]] = defaultdict(list)
        for key, value in pairs:
            self.said[key].append(value)


def _object(pairs: list[tuple[str, Any]], repeating: list[_Repeating]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeating.append(_Repeating(pairs))
    return repeating[-1]


def _said(found: Mapping[str, Any], key: str) -> list[Any]:
    """Each value that somebody may read for the key; none where it is missing."""
    if isinstance(found, _Repeating):
        return found.said.get(key, [])
    return [found[key]] if key in found else []


def _allows_everybody(statement: Any) -> bool:
    if not isinstance(statement, Mapping) or "Allow" not in _said(statement, "Effect"):
        return False
    named = "NotPrincipal" in statement or any(map(_is_everybody, _said(statement, "Principal")))
    conditions = _said(statement, "Condition")
    return named and not (conditions and all(map(_is_restricted, conditions)))


def _is_everybody(principal: Any) -> bool:
    """Whether everybody is named, or a provider of which everybody may get a token."""
    if not isinstance(principal, Mapping):
        return "*" in _listed(principal)
    every = [(sort, one) for sort in principal for value in _said(principal, sort) for one in _listed(value)]
    return any(one == "*" or (sort == "Federated" and is_shared(one)) for sort, one in every)


def _is_restricted(condition: Any) -> bool:
    """Whether some condition holds only for a known circle: all conditions must hold, so one is enough."""
    return isinstance(condition, Mapping) and any(
        all(_restricts(operator, keys) for keys in _said(condition, operator)) for operator in condition
    )


def _restricts(operator: str, keys: Any) -> bool:
    return isinstance(keys, Mapping) and any(
        all(names_circle(operator.lower(), key.lower(), list(_texts(values))) for values in _said(keys, key))
        for key in keys
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _texts(value: Any) -> Iterator[str]:
    """The values as texts: IAM takes an account's number without quotes too; what is neither names nobody."""
    for one in _listed(value):
        yield str(one) if isinstance(one, str | int) and not isinstance(one, bool) else ""
