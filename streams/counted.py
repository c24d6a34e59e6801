"""Counted: a number with its noun."""


def counted(number: int, noun: str, several: str = "") -> str:
    """A number and its noun, in the plural where it is not one: 1 feed, 2 feeds, 1 person, 0 people."""
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"
