"""Blocks: the few kinds of Block Kit block that our messages are made of. Pure.

Text of an event goes only through `plain`, `bullet` and `labelled`, where Slack reads no markup.
"""

from typing import Any

from agents.texts.clean import clean

Block = dict[str, Any]
SECTION_CHARS = 2900  # Slack takes 3000
HEADER_CHARS = 150
BUTTON_CHARS = 75
VALUE_CHARS = 200
NOTHING = "-"  # Slack refuses an empty text
GAP: Block = {"type": "text", "text": " "}


def header(text: str) -> Block:
    """The message's title."""
    return {"type": "header", "text": _plain(text, HEADER_CHARS)}


def plain(text: str) -> Block:
    """A paragraph in which Slack reads no markup."""
    return {"type": "section", "text": _plain(text, SECTION_CHARS)}


def small(text: str) -> Block:
    """A line in small grey letters, no markup read."""
    return {"type": "context", "elements": [_plain(text, SECTION_CHARS)]}


def marked(text: str) -> Block:
    """A paragraph in Slack's markup: for our own words and dates only."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:SECTION_CHARS], "verbatim": True}}


def buttons(*elements: Block) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(elements)}


def button(action_id: str, text: str, value: str, style: str | None = None) -> Block:
    """One button; `value` is sealed."""
    made = {"type": "button", "action_id": action_id, "text": _plain(text, BUTTON_CHARS), "value": value}
    return {**made, "style": style} if style else made


def bullets(items: list[list[Block]]) -> Block:
    """A list; each item is a list of the elements below."""
    sections = [{"type": "rich_text_section", "elements": item} for item in items]
    return {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet", "elements": sections}]}


def words(text: str, limit: int = VALUE_CHARS, *, bold: bool = False) -> Block:
    """Text inside a list item, no markup read."""
    made = {"type": "text", "text": clean(text, limit) or NOTHING}
    return {**made, "style": {"bold": True}} if bold else made


def labelled(label: str, value: str) -> list[Block]:
    """A list item: a label in bold and its value."""
    return [words(f"{label}:", bold=True), GAP, words(value)]


def dated(label: str, at_ms: int, fallback: str) -> list[Block]:
    """A list item: a label in bold and a time, which Slack shows in the reader's own zone."""
    form = "{date_short_pretty} {time}"
    date = {
        "type": "date",
        "timestamp": at_ms // 1000,
        "format": form,
        "fallback": fallback,
    }
    return [words(f"{label}:", bold=True), GAP, date]


def _plain(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": clean(text, limit) or NOTHING, "emoji": False}
