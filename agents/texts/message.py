"""Message: the whole content of each message that we send in Slack. Pure."""

from collections.abc import Mapping

from agents.clients.slack import SlackContent
from agents.texts import blocks
from agents.texts.catalog import Texts
from agents.texts.clean import own
from agents.texts.question import AccountName, date_markup, question_blocks, summary_blocks, utc_words
from streams.records.effect import Question

NOTIFICATION_CHARS = 300


def ask(
    question: Question, texts: Texts, account_name: AccountName, *, sealed: str, deadline_ms: int
) -> SlackContent:
    """The question. Its notification line holds no text of an event: Slack reads markup there."""
    made = question_blocks(question, texts, account_name, sealed=sealed, deadline_ms=deadline_ms)
    return SlackContent(own(texts.get("question.notification"), NOTIFICATION_CHARS), made)


def remind(texts: Texts, deadline_ms: int) -> SlackContent:
    """The reminder in the question's thread."""
    return SlackContent(
        own(texts.get("reminder", deadline=utc_words(deadline_ms)), NOTIFICATION_CHARS),
        [blocks.marked(texts.get("reminder", deadline=date_markup(deadline_ms)))],
    )


def tell(
    question: Question, texts: Texts, account_name: AccountName, outcome: str, data: Mapping[str, str]
) -> SlackContent:
    """What the message says once the case has moved on: the calls in brief, the outcome, no buttons.

    `data` may hold `late`, what was answered after the escalation.
    """
    said = texts.outcome(outcome)
    made = [
        blocks.header(texts.get("question.title")),
        *summary_blocks(question, texts, account_name),
        blocks.plain(said),
    ]
    if late := data.get("late"):
        made.append(blocks.plain(texts.late(late)))
    return SlackContent(own(said, NOTIFICATION_CHARS), made)
