"""Secret: a text that prints as stars."""

from typing import NoReturn

STARS = "********"


class Secret:
    """A password, key or token; only `reveal()` gives its text, at the call that needs it.

    Invariant: str, repr, format, JSON (with `default=str`), pickles and tracebacks never show the text.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return STARS

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled: load the settings again where they are needed")
