"""Question: the Slack message that asks, and the modal behind its Details button. Pure."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from agents.clients.interaction import DETAILS, NO, YES
from agents.texts import blocks
from agents.texts.blocks import Block
from agents.texts.catalog import Texts
from agents.texts.clean import clean
from streams.records.effect import Question
from streams.records.summary import CallSummary, Line

SHOWN = 3
SOURCES = 5
"""Addresses that a message names; there are seldom more, and the modal has them all."""
LINES_A_BLOCK = 20
CALLS_A_BLOCK = 20
NAME_CHARS = 80
WHY_CHARS = 400

AccountName = Callable[[str], str]
"""The name a team gave an account, or its number."""


def question_blocks(
    question: Question, texts: Texts, account_name: AccountName, *, sealed: str, deadline_ms: int
) -> list[Block]:
    """What fits a phone: one call in full, or the count and the riskiest three of a burst; then the buttons."""
    owner = "owner_" if question.of_owner else ""
    actions = [
        blocks.button(YES, texts.get(f"question.{owner}yes_button"), sealed, "primary"),
        blocks.button(NO, texts.get("question.no_button"), sealed, "danger"),
    ]
    if question.count > 1:
        actions.append(blocks.button(DETAILS, texts.get("question.details_button"), sealed))
    return [
        blocks.header(texts.get(f"question.{owner}title")),
        *summary_blocks(question, texts, account_name),
        *_why(question, texts),
        blocks.marked(texts.get("question.deadline", deadline=date_markup(deadline_ms))),
        blocks.buttons(*actions),
    ]


def summary_blocks(question: Question, texts: Texts, account_name: AccountName) -> list[Block]:
    """The calls in brief, for the question and for what the message says afterwards."""
    owner = "owner_" if question.of_owner else ""
    filled: dict[str, str | int] = {"name": clean(question.name, NAME_CHARS)}
    if question.of_owner:
        filled["who"] = clean(question.who, NAME_CHARS)
    if question.count == 1 and question.calls:
        return [
            blocks.plain(texts.get(f"question.{owner}one", **filled)),
            blocks.bullets(_one_call(question.calls[0], texts, account_name)),
        ]
    shown = [_call_item(call, account_name) for call in question.calls[:SHOWN]]
    rest = question.count - len(shown)
    made = [blocks.plain(texts.get(f"question.{owner}many", **filled, count=question.count))]
    made += [blocks.bullets(shown)] if shown else []
    made += [blocks.small(texts.get("question.more", rest=rest))] if rest else []
    return made + _sources(question, texts)


def _sources(question: Question, texts: Texts) -> list[Block]:
    """From where, if it was from several places: somebody else's call among one's own must not hide in a count."""
    found = list(dict.fromkeys(line.source for line in question.lines if line.source))
    if len(found) < 2:
        return []
    named = ", ".join(clean(source, 60) for source in found[:SOURCES])
    rest = len(found) - SOURCES
    text = "question.sources_and_more" if rest > 0 else "question.sources"
    filled: dict[str, str | int] = {"count": len(found), "sources": named}
    return [blocks.plain(texts.get(text, **filled | ({"rest": rest} if rest > 0 else {})))]


def _why(question: Question, texts: Texts) -> list[Block]:
    """Why it goes to this person, and how sure that is."""
    if not question.why:
        return []
    text = "question.owner_why" if question.of_owner else "question.why"
    return [blocks.small(texts.get(text, why=clean(question.why, WHY_CHARS), confidence=question.confidence))]


def details_view(question: Question, texts: Texts, account_name: AccountName) -> dict[str, Any]:
    """The modal with every line of a question, so that each call is shown, and the riskiest calls in full."""
    counted = [_line_item(line, account_name) for line in question.lines]
    listed = [_call_item(call, account_name) for call in question.calls]
    made = [blocks.plain(texts.get("details.counted", count=question.count)), *_lists(counted, LINES_A_BLOCK)]
    if listed:
        made += [blocks.plain(texts.get("details.listed")), *_lists(listed, CALLS_A_BLOCK)]
    title = {"type": "plain_text", "text": clean(texts.get("details.title"), 24), "emoji": False}
    close = {"type": "plain_text", "text": clean(texts.get("details.close"), 24), "emoji": False}
    return {"type": "modal", "title": title, "close": close, "blocks": made}


def date_markup(at_ms: int) -> str:
    """A time that Slack shows in the reader's own zone; where it cannot, UTC."""
    return f"<!date^{at_ms // 1000}^{{date_short_pretty}} {{time}}|{utc_words(at_ms)}>"


def utc_words(at_ms: int) -> str:
    """A time in words, UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _one_call(call: CallSummary, texts: Texts, account_name: AccountName) -> list[list[Block]]:
    told = {
        "what": call.event_name,
        "target": call.target,
        "account": _place(call.account, call.region, account_name),
        "source": call.source,
        "tool": call.tool,
        "result": f"{call.outcome} {call.error}" if call.outcome != "ok" else "",
    }
    items = [blocks.labelled(texts.get(f"question.{name}"), value) for name, value in told.items() if value]
    if call.event_time_ms is not None:
        label = texts.get("question.when")
        items.append(blocks.dated(label, call.event_time_ms, utc_words(call.event_time_ms)))
    return items


def _call_item(call: CallSummary, account_name: AccountName) -> list[Block]:
    place = _place(call.account, call.region, account_name)
    parts = (call.target, place, call.source, call.tool, "" if call.outcome == "ok" else str(call.outcome))
    return _item(call.event_name, parts)


def _line_item(line: Line, account_name: AccountName) -> list[Block]:
    parts = (account_name(line.account), line.source, str(line.outcome), line.rule)
    # Without the service's domain: a phone breaks a name that long in the middle of a word.
    event = line.event.replace(".amazonaws.com:", ":", 1)
    return _item(f"{line.count}x {clean(event, 130)}", parts)


def _item(name: str, parts: Sequence[str]) -> list[Block]:
    told = " · ".join(cut for part in parts if (cut := clean(part, 60)))
    item = [blocks.words(name, bold=True)]
    return [*item, blocks.GAP, blocks.words(told, 300)] if told else item


def _place(account: str, region: str, account_name: AccountName) -> str:
    return f"{account_name(account)}, {region}" if region else account_name(account)


def _lists(items: Sequence[list[Block]], a_block: int) -> list[Block]:
    return [blocks.bullets(list(items[at : at + a_block])) for at in range(0, len(items), a_block)]
