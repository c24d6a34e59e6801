"""Nearest word: a value that is none of those there are, with the one that was likely meant."""

from collections.abc import Iterable

from streams.settings.fault import nearest

FEW = 8


def nearest_word(word: str, known: Iterable[str]) -> str:
    """`"grce": did you mean "grace"?`, or the known ones where none is near and they are few."""
    found = sorted(set(known))
    listed = f": there is {', '.join(found)}" if 0 < len(found) <= FEW else ""
    return f'"{word}"{nearest(word, found) or listed}'
