"""Condition: Sigma's expression over named selections, as alternatives of what must and what must not hold."""

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

MAX_ALTERNATIVES = 50

_WORD = re.compile(r"\(|\)|\||[^\s()|]+")


class CannotSay(Exception):  # noqa: N818 - it becomes a fault of the Sigma file
    """Something of Sigma that no rule of ours can say; the message says what."""


class Alternative(NamedTuple):
    """Selections that must all hold, and selections of which none may."""

    needed: frozenset[str]
    refused: frozenset[str]


def alternatives(expression: str, selections: Sequence[str]) -> list[Alternative]:
    """The expression as alternatives of which one must hold.

    Raises:
        CannotSay: it counts, names what is not there, or has too many alternatives.
    """
    words = _WORD.findall(expression)
    if "|" in words:
        raise CannotSay("the condition counts over time: write when: {count: {min: 5, within_s: 600}}")
    parser = _Parser(words, selections)
    found = parser.either(positive=True)
    if parser.rest():
        raise CannotSay(f'the condition goes on after its end: "{" ".join(parser.rest())}"')
    return [one for one in found if not one.needed & one.refused]


class _Parser:
    def __init__(self, words: list[str], selections: Sequence[str]) -> None:
        self._words = words
        self._selections = selections
        self._at = 0

    def rest(self) -> list[str]:
        return self._words[self._at :]

    def _next(self) -> str:
        word = self._words[self._at] if self._at < len(self._words) else ""
        return word.lower() if word.lower() in ("and", "or", "not", "of", "1", "all", "any", "them") else word

    def _take(self) -> str:
        word = self._next()
        self._at += 1
        return word

    def either(self, *, positive: bool) -> list[Alternative]:
        parts = [self._both(positive=positive)]
        while self._next() == "or":
            self._take()
            parts.append(self._both(positive=positive))
        return _any(parts) if positive else _all(parts)

    def _both(self, *, positive: bool) -> list[Alternative]:
        parts = [self._one(positive=positive)]
        while self._next() == "and":
            self._take()
            parts.append(self._one(positive=positive))
        return _all(parts) if positive else _any(parts)

    def _one(self, *, positive: bool) -> list[Alternative]:
        word = self._take()
        if word == "not":
            return self._one(positive=not positive)
        if word == "(":
            found = self.either(positive=positive)
            if self._take() != ")":
                raise CannotSay("a bracket of the condition is not closed")
            return found
        if word in ("1", "any", "all") and self._next() == "of":
            self._take()
            names = self._named(self._take())
            parts = [[_literal(name, positive=positive)] for name in names]
            return _any(parts) if (word == "all") is not positive else _all(parts)
        if word not in self._selections:
            raise CannotSay(f'the condition names "{word}", which is no selection')
        return [_literal(word, positive=positive)]

    def _named(self, pattern: str) -> list[str]:
        wanted = "*" if pattern == "them" else pattern
        names = [name for name in self._selections if fnmatchcase(name, wanted)]
        if not names:
            raise CannotSay(f'the condition names "{pattern}", which fits no selection')
        return names


def _literal(name: str, *, positive: bool) -> Alternative:
    only, none = frozenset({name}), frozenset[str]()
    return Alternative(only, none) if positive else Alternative(none, only)


def _any(parts: Iterable[list[Alternative]]) -> list[Alternative]:
    return _few([one for part in parts for one in part])


def _all(parts: Iterable[list[Alternative]]) -> list[Alternative]:
    found = [Alternative(frozenset(), frozenset())]
    for part in parts:
        found = _few(
            [
                Alternative(one.needed | other.needed, one.refused | other.refused)
                for one in found
                for other in part
            ]
        )
    return found


def _few(found: list[Alternative]) -> list[Alternative]:
    if len(found) > MAX_ALTERNATIVES:
        raise CannotSay(f"the condition has more than {MAX_ALTERNATIVES} alternatives: split the rule")
    return found
