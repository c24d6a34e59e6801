"""Tale: how the story tells each fact of a case, and which file of the code decided it."""

from typing import Any

from msgspec import Struct

from agents.decisions.case.page_text import REASONS
from streams.records.fact import Fact, FactKind


class Telling(Struct, frozen=True):
    """One fact in words: the part of the pipeline, a title, a sentence, the deciding file, and a tone."""

    stage: str
    title: str
    text: str
    file: str
    tone: str = ""


# The files that decide, as a reader would look them up.
CASE = "agents/decisions/case"
OPENING, COLLECT, PROMPTING = f"{CASE}/opening.py", f"{CASE}/collect.py", f"{CASE}/prompting.py"
ANSWERS, CHALLENGE, DUE = f"{CASE}/answers.py", f"{CASE}/challenge.py", f"{CASE}/due.py"
ESCALATE, PAGING, FOLD = f"{CASE}/escalate.py", f"{CASE}/paging.py", f"{CASE}/fold.py"

TELLINGS = {
    FactKind.OPENED: Telling("case", "A case is opened", "It collects what belongs to the same burst.", OPENING),
    FactKind.CALLS_ADDED: Telling(
        "case", "More calls join it", "Same person, same burst: still one question.", COLLECT
    ),
    FactKind.ASKED: Telling(
        "case",
        "The burst becomes one question",
        "{count} calls are frozen under one digest. An answer will count for exactly those.",
        PROMPTING,
    ),
    FactKind.DELIVERED: Telling(
        "slack", "Slack took the question", "From this moment the time to answer runs.", PROMPTING
    ),
    FactKind.REMINDED: Telling("slack", "A reminder, in the thread", "One, never more.", DUE),
    FactKind.ANSWER_REFUSED: Telling(
        "slack", "An answer is refused", "Only the person who was asked can answer: {why}.", ANSWERS
    ),
    FactKind.PUSH_WAITS: Telling(
        "duo",
        "The push waits its turn",
        "One live push a person, so that none is tapped by habit.",
        CHALLENGE,
    ),
    FactKind.PUSH_ASKED: Telling(
        "duo", "A Duo push is requested", "The intent is on the log before Duo is called.", CHALLENGE
    ),
    FactKind.PUSH_STARTED: Telling(
        "duo",
        "The push is on the phone",
        "Duo named it {txid}; only an allow for that one counts.",
        CHALLENGE,
    ),
    FactKind.PUSH_FAILED: Telling("duo", "The push could not be sent", "{reason}", CHALLENGE, "bad"),
    FactKind.VERIFIED: Telling(
        "case",
        "Verified",
        "A Yes, and Duo's allow for the push of this case, in time. Nobody is disturbed any further.",
        CHALLENGE,
        "good",
    ),
    FactKind.ESCALATED: Telling(
        "case", "Escalated", "Why: {reason}. From here only PagerDuty's 202 ends it.", ESCALATE, "bad"
    ),
    FactKind.PAGED: Telling(
        "pagerduty", "PagerDuty accepted the page", "The security team has it.", PAGING, "bad"
    ),
    FactKind.PAGE_FAILED: Telling(
        "pagerduty", "PagerDuty did not take the page", "It is tried again, for ever.", PAGING, "bad"
    ),
    FactKind.PROMPT_FAILED: Telling("slack", "Slack did not take the question", "{reason}", PROMPTING, "bad"),
    FactKind.UPDATED: Telling(
        "slack",
        "The Slack message is rewritten",
        "Its buttons are gone, and it says how the question ended.",
        PROMPTING,
    ),
    FactKind.UPDATE_FAILED: Telling("slack", "The Slack message could not be rewritten", "{reason}", PROMPTING),
    FactKind.LATE_ANSWER: Telling("case", "An answer came late", "It is recorded, and closes no page.", ANSWERS),
    FactKind.CONTRADICTED: Telling(
        "case", "A No after it was verified", "That pages as a contradiction.", ANSWERS, "bad"
    ),
    FactKind.FOLDED: Telling("case", "Folded into one page", "A ceiling was reached.", FOLD, "bad"),
    FactKind.REPORTED: Telling("case", "Reported", "{why}", FOLD),
}

ALERT_OPENED = Telling(
    "case", "A case is opened", "An alert is a case of its own: it waits for no window and for no answer.", OPENING
)
REWRITTEN_AGAIN = Telling(
    "slack",
    "The Slack message is written once more",
    "PagerDuty has the page by now. It reads as before; an answer that came too late would be added here.",
    PROMPTING,
)
ANSWERED = {
    "yes": Telling(
        "slack",
        "You answered Yes",
        "The click came back signed; the gateway checked that. A Yes alone closes nothing: now Duo is asked.",
        ANSWERS,
    ),
    "no": Telling(
        "slack",
        "You answered No",
        "The click came back signed; the gateway checked that. A No needs no second opinion.",
        ANSWERS,
    ),
}
PUSH_ANSWERED = {
    "allow": Telling("duo", "You approved the push", "Duo answered: allow.", CHALLENGE),
    "deny": Telling("duo", "You denied the push", "Duo answered: deny.", CHALLENGE),
}
PUSH_ENDED = Telling("duo", "The push ended without an approval", "Duo answered: {result}.", CHALLENGE)


def tell(fact: Fact, *, again: bool = False) -> Telling | None:
    """The fact in words; None for a reminder's receipt, of which the reminder itself told already.

    `again` says that the case's message was rewritten before.
    """
    if fact.kind is FactKind.UPDATED and fact.data.get("what") != "update":
        return None
    if fact.kind is FactKind.UPDATED and again:
        return REWRITTEN_AGAIN
    if fact.kind is FactKind.OPENED and fact.data.get("kind") == "alert":
        return ALERT_OPENED
    if fact.kind is FactKind.ANSWERED:
        found = ANSWERED[str(fact.data.get("answer"))]
    elif fact.kind is FactKind.PUSH_ANSWERED:
        found = PUSH_ANSWERED.get(str(fact.data.get("result")), PUSH_ENDED)
    else:
        found = TELLINGS[fact.kind]
    data = _Said({**fact.data, "reason": REASONS.get(str(fact.data.get("reason")), fact.data.get("reason"))})
    return Telling(found.stage, found.title, found.text.format_map(data), found.file, found.tone)


class _Said(dict[str, Any]):
    """What a fact does not say reads as nothing."""

    def __missing__(self, key: str) -> str:
        return ""
