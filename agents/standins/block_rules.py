"""Block rules: the published limits of Block Kit.

Source: https://docs.slack.dev/reference/block-kit/.
"""

from collections.abc import Iterator
from typing import Any

BLOCKS = {"message": 50, "modal": 100}
TEXT_TYPES = ("plain_text", "mrkdwn")
STYLES = ("primary", "danger")
BLOCK_ID = 255


def faults(blocks: Any, surface: str = "message") -> list[str]:
    """Why Slack would answer `invalid_blocks`; empty when it would take them."""
    if not isinstance(blocks, list):
        return ["blocks: not an array"]
    found = [f"blocks: more than {BLOCKS[surface]}"] if len(blocks) > BLOCKS[surface] else []
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        found += [f"blocks[{index}]{fault}" for fault in _block(block)]
        block_id = block.get("block_id") if isinstance(block, dict) else None
        if isinstance(block_id, str):
            found += [f"blocks[{index}].block_id: not unique"] if block_id in seen else []
            seen.add(block_id)
    return found


def view_faults(view: Any) -> list[str]:
    """Why Slack would answer `invalid_arguments` to a modal."""
    if not isinstance(view, dict) or view.get("type") != "modal":
        return ["view: not a modal"]
    found = [f"view.title{fault}" for fault in text_faults(view.get("title"), 24, plain=True)]
    for name in ("close", "submit"):
        if name in view:
            found += [f"view.{name}{fault}" for fault in text_faults(view[name], 24, plain=True)]
    found += _length(view, "private_metadata", 3000) + _length(view, "callback_id", 255)
    return found + faults(view.get("blocks"), "modal")


def text_faults(text: Any, limit: int, *, plain: bool = False) -> Iterator[str]:
    """What is wrong with a text object of at most that many characters."""
    if not isinstance(text, dict) or text.get("type") not in TEXT_TYPES:
        yield ": not a text object"
        return
    if plain and text["type"] != "plain_text":
        yield ": must be plain_text"
    words = text.get("text")
    if not isinstance(words, str) or not words:
        yield ".text: missing or empty"
    elif len(words) > limit:
        yield f".text: more than {limit} characters"
    if "emoji" in text and text["type"] != "plain_text":
        yield ".emoji: only in plain_text"
    if "verbatim" in text and text["type"] != "mrkdwn":
        yield ".verbatim: only in mrkdwn"
    yield from _unknown(text, {"type", "text", "emoji", "verbatim"})


def _unknown(thing: dict[str, Any], known: set[str]) -> Iterator[str]:
    for key in thing.keys() - known:
        yield f".{key}: unknown"


def _length(thing: dict[str, Any], key: str, limit: int) -> list[str]:
    value = thing.get(key)
    if value is None:
        return []
    if not isinstance(value, str) or len(value) > limit:
        return [f".{key}: not a string of at most {limit} characters"]
    return []


def _block(block: Any) -> list[str]:
    if not isinstance(block, dict):
        return [": not an object"]
    rule = RULES.get(str(block.get("type")))
    if rule is None:
        return [".type: unknown"]
    return [*_length(block, "block_id", BLOCK_ID), *rule(block)]


def _header(block: dict[str, Any]) -> Iterator[str]:
    yield from (f".text{fault}" for fault in text_faults(block.get("text"), 150, plain=True))
    yield from _unknown(block, {"type", "text", "block_id"})


def _section(block: dict[str, Any]) -> Iterator[str]:
    text, fields = block.get("text"), block.get("fields")
    if text is None and fields is None:
        yield ": text or fields must be there"
    if text is not None:
        yield from (f".text{fault}" for fault in text_faults(text, 3000))
    if fields is not None:
        if not isinstance(fields, list) or not 1 <= len(fields) <= 10:
            yield ".fields: not 1 to 10"
        else:
            for index, field in enumerate(fields):
                yield from (f".fields[{index}]{fault}" for fault in text_faults(field, 2000))
    if "accessory" in block:
        yield from (f".accessory{fault}" for fault in _button(block["accessory"]))
    yield from _unknown(block, {"type", "text", "fields", "block_id", "accessory", "expand"})


def _context(block: dict[str, Any]) -> Iterator[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 10:
        yield ".elements: not 1 to 10"
        return
    for index, element in enumerate(elements):
        yield from (f".elements[{index}]{fault}" for fault in text_faults(element, 3000))
    yield from _unknown(block, {"type", "elements", "block_id"})


def _actions(block: dict[str, Any]) -> Iterator[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 25:
        yield ".elements: not 1 to 25"
        return
    ids = [element.get("action_id") for element in elements if isinstance(element, dict)]
    if len(ids) != len(set(ids)):
        yield ".elements: an action_id stands twice"
    for index, element in enumerate(elements):
        yield from (f".elements[{index}]{fault}" for fault in _button(element))
    yield from _unknown(block, {"type", "elements", "block_id"})


def _button(button: Any) -> Iterator[str]:
    if not isinstance(button, dict) or button.get("type") != "button":
        yield ": not a button"
        return
    yield from (f".text{fault}" for fault in text_faults(button.get("text"), 75, plain=True))
    yield from _length(button, "action_id", 255)
    yield from _length(button, "value", 2000)
    yield from _length(button, "url", 3000)
    yield from _length(button, "accessibility_label", 75)
    if "style" in button and button["style"] not in STYLES:
        yield ".style: unknown"
    known = {"type", "text", "action_id", "value", "url", "style", "confirm", "accessibility_label"}
    yield from _unknown(button, known)


def _divider(block: dict[str, Any]) -> Iterator[str]:
    yield from _unknown(block, {"type", "block_id"})


SECTIONS = ("rich_text_section", "rich_text_preformatted", "rich_text_quote")


def _rich_text(block: dict[str, Any]) -> Iterator[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not elements:
        yield ".elements: missing or empty"
        return
    for index, element in enumerate(elements):
        yield from (f".elements[{index}]{fault}" for fault in _rich_element(element))
    yield from _unknown(block, {"type", "elements", "block_id"})


def _rich_element(element: Any) -> Iterator[str]:
    if not isinstance(element, dict):
        yield ": not an object"
        return
    inner = element.get("elements")
    if not isinstance(inner, list):
        yield ".elements: not an array"
        return
    if element.get("type") == "rich_text_list":
        if element.get("style") not in ("bullet", "ordered"):
            yield ".style: not bullet or ordered"
        for index, item in enumerate(inner):
            yield from (f".elements[{index}]{fault}" for fault in _rich_element(item))
    elif element.get("type") in SECTIONS:
        for index, leaf in enumerate(inner):
            yield from (f".elements[{index}]{fault}" for fault in _leaf(leaf))
    else:
        yield ".type: unknown"


def _leaf(leaf: Any) -> Iterator[str]:
    if not isinstance(leaf, dict):
        yield ": not an object"
    elif leaf.get("type") == "text":
        if not isinstance(leaf.get("text"), str) or not leaf["text"]:
            yield ".text: missing or empty"
        style = leaf.get("style", {})
        if not isinstance(style, dict) or style.keys() - {"bold", "italic", "strike", "code"}:
            yield ".style: unknown"
        yield from _unknown(leaf, {"type", "text", "style"})
    elif leaf.get("type") == "date":
        if not isinstance(leaf.get("timestamp"), int) or not isinstance(leaf.get("format"), str):
            yield ": timestamp and format must be there"
        yield from _unknown(leaf, {"type", "timestamp", "format", "url", "fallback", "style"})
    elif leaf.get("type") not in ("link", "emoji", "user", "channel", "broadcast"):
        yield ".type: unknown"


RULES = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
    "rich_text": _rich_text,
}


def characters(blocks: Any) -> int:
    """How many characters of text the blocks hold together."""
    if isinstance(blocks, dict):
        own = blocks["text"] if isinstance(blocks.get("text"), str) else ""
        return len(own) + sum(characters(value) for value in blocks.values() if isinstance(value, dict | list))
    return sum(characters(item) for item in blocks) if isinstance(blocks, list) else 0
