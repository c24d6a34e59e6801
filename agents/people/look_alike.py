"""Look-alike: characters that read as others, by which one person's name could pass for another's."""

import unicodedata

_LIKE_LATIN = frozenset(
    {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "FULLWIDTH", "MATHEMATICAL"}
)
"""Scripts with letters that cannot be told from Latin ones (Unicode Technical Standard 39)."""

_SHAPES = str.maketrans({"i": "l", "1": "l", "|": "l", "0": "o"})


def outsider(text: str) -> str | None:
    """The first character that AWS allows in no name of its own, named; None for plain ASCII.

    Role session names, source identities and IAM names are ASCII (STS and IAM API references), so any other
    character is a mistake, or a letter that only looks like the one it replaces.
    """
    strange = next((character for character in text if not "!" <= character <= "~"), None)
    return None if strange is None else describe(strange)


def mixture(text: str) -> str | None:
    """What makes a text dishonest: an invisible character, or a letter like a Latin one among Latin ones."""
    latin = any(_script(character) == "LATIN" for character in text)
    for character in text:
        if not character.isprintable() or (latin and _script(character) in _LIKE_LATIN):
            return describe(character)
    return None


def skeleton(text: str) -> str:
    """What a name looks like in a hurry: two names of one skeleton are taken for each other by people.

    Case, i and l, the digits 0 and 1, and the pairs rn and vv are seen through; a name in another script never
    gets here.
    """
    return text.casefold().translate(_SHAPES).replace("rn", "m").replace("vv", "w")


def _script(character: str) -> str:
    return unicodedata.name(character, "UNKNOWN").split()[0] if character.isalpha() else ""


def describe(character: str) -> str:
    """`U+0430 CYRILLIC SMALL LETTER A`."""
    return f"U+{ord(character):04X} {unicodedata.name(character, 'without a name')}"
