"""Casing: texts without regard to case, as Event Ruler sees it, letter by letter.

Each letter of the wanted text may be its lower or its upper form: so ß is also SS, and K (the letter) is not the
sign of Kelvin.
"""

import re

LAST_LETTER = 0xFFFF
"""Beyond it Event Ruler takes a letter apart and looks for two question marks."""


def letters(wanted: str) -> re.Pattern[str]:
    """An expression for the text in whatever case; no two forms of a letter overlap, so no text makes it slow."""
    return re.compile("".join(map(_letter, wanted)), re.DOTALL)


def ending(wanted: str) -> re.Pattern[str]:
    """The same at the end of a text."""
    return re.compile(rf"(?:{letters(wanted).pattern})\Z", re.DOTALL)


def _letter(letter: str) -> str:
    forms = {"??"} if ord(letter) > LAST_LETTER else {letter.lower(), letter.upper()}
    return f"(?:{'|'.join(map(re.escape, sorted(forms)))})"
