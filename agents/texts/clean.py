"""Clean: text from an event made harmless for the eye: one line, nothing invisible, cut to length. Pure."""

import unicodedata

ELLIPSIS = "…"
# Controls, formats (bidi overrides, zero width, tags), surrogates, private use, unassigned.
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
BREAKS = frozenset({"Zl", "Zp", "Zs"})
# Letters that draw nothing: Hangul fillers, Braille blank, variation selectors, combining grapheme joiner.
BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
MARKS_IN_A_ROW = 3


def clean(text: str, limit: int) -> str:
    """One line of at most `limit` characters, the last an ellipsis where it was cut; it may be empty.

    Stacked combining marks, which draw over other lines, are cut to three.
    """
    if len(text) <= limit and text.isascii() and text.isprintable():
        return " ".join(text.split())  # nothing to look for: nearly every text
    kept: list[str] = []
    marks = 0
    for letter in text[: 4 * limit + 256]:  # of a text that is far too long only so much is looked at
        category = unicodedata.category(letter)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if letter in "\t\n\r\v\f" or category in BREAKS:
            kept.append(" ")
        elif marks <= MARKS_IN_A_ROW and not _invisible(letter, category):
            kept.append(letter)
    line = " ".join("".join(kept).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + ELLIPSIS


def own(text: str, limit: int) -> str:
    """Text of ours, or of the configuration, for where Slack reads markup: cleaned, with & < > escaped.

    Source: https://docs.slack.dev/messaging/formatting-message-text/#escaping.
    """
    return clean(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _invisible(letter: str, category: str) -> bool:
    return category in INVISIBLE or letter in BLANKS or _selector(letter)


def _selector(letter: str) -> bool:
    return "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"
