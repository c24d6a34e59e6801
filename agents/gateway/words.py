"""Words: how states and facts read on a page. A reader of this file sees every sentence."""

from agents.decisions.case.page_text import REASONS, who
from streams.records.case import Case, CaseState
from streams.records.fact import FactKind

STATES = {
    CaseState.COLLECTING: ("collecting", "The burst is being collected into one question."),
    CaseState.PROMPTING: ("asking", "The question is on its way to Slack."),
    CaseState.WAITING: ("waiting", "The question is in Slack; nobody has answered yet."),
    CaseState.CHALLENGING: ("Duo", "Answered Yes; the Duo push has to confirm it."),
    CaseState.ESCALATED: ("paging", "The security team is being paged, until PagerDuty accepts it."),
    CaseState.VERIFIED: ("verified", "Answered Yes and confirmed by Duo."),
    CaseState.PAGED: ("paged", "PagerDuty accepted the page."),
    CaseState.REPORTED: ("reported", "Part of an aggregated page or a report."),
}
"""State: the word on its badge, and the sentence that explains it."""


WOULD_ASK, WOULD_PAGE = "would ask", "would page"


def would(case: Case) -> str | None:
    """What observe mode would have done about a case that ended in it; None for every other."""
    if not (case.observe and case.state is CaseState.REPORTED):
        return None
    return WOULD_ASK if case.reason is None else WOULD_PAGE


def badge(case: Case) -> str:
    """The word for where a case stands: the same on pages and on the command line."""
    return would(case) or STATES[case.state][0]


def explained(case: Case) -> str:
    """The sentence that explains where a case stands; one of observe mode tells what it would have done."""
    if would(case) is None:
        return STATES[case.state][1]
    done = f"asked {who(case)}" if case.reason is None else f"paged: {in_words(case.reason)}"
    return f"Observe mode disturbed nobody: it would have {done}."


def in_words(reason: str) -> str:
    """Why a case pages, as a sentence's part."""
    return REASONS.get(reason, reason.replace("_", " "))


TONES = {
    CaseState.VERIFIED: "good",
    CaseState.PAGED: "bad",
    CaseState.ESCALATED: "bad",
    CaseState.REPORTED: "quiet",
}
"""The colour of a badge; every other state is open."""

DEADLINES = {
    CaseState.COLLECTING: "the question goes out in",
    CaseState.PROMPTING: "pages, unless Slack takes it, in",
    CaseState.WAITING: "pages, unless answered, in",
    CaseState.CHALLENGING: "pages, unless Duo confirms, in",
}
"""What the countdown of a state counts down to."""

FACTS = {
    FactKind.OPENED: "Case opened",
    FactKind.CALLS_ADDED: "Calls added",
    FactKind.ASKED: "Question sent to Slack",
    FactKind.DELIVERED: "Question delivered",
    FactKind.REMINDED: "Reminder sent",
    FactKind.ANSWERED: "Answered",
    FactKind.ANSWER_REFUSED: "Answer refused",
    FactKind.PUSH_WAITS: "Push waits for another of this person",
    FactKind.PUSH_ASKED: "Duo push requested",
    FactKind.PUSH_STARTED: "Duo push on the phone",
    FactKind.PUSH_ANSWERED: "Duo answered",
    FactKind.PUSH_FAILED: "Duo push failed",
    FactKind.VERIFIED: "Verified",
    FactKind.ESCALATED: "Escalated",
    FactKind.FOLDED: "Folded into an aggregated page",
    FactKind.PAGED: "Page accepted by PagerDuty",
    FactKind.PAGE_FAILED: "PagerDuty did not take the page; trying on",
    FactKind.REPORTED: "Reported",
    FactKind.PROMPT_FAILED: "Question not delivered",
    FactKind.UPDATED: "Slack message rewritten",
    FactKind.UPDATE_FAILED: "Slack message not rewritten",
    FactKind.LATE_ANSWER: "Answer came after the page; it changes nothing",
    FactKind.CONTRADICTED: "No, after it was verified",
}

GOOD_FACTS = frozenset({FactKind.VERIFIED})
BAD_FACTS = frozenset(
    {FactKind.ESCALATED, FactKind.PAGED, FactKind.CONTRADICTED, FactKind.PAGE_FAILED, FactKind.PROMPT_FAILED}
)
SHOWN_DATA = {
    "count": "{} calls",
    "person": "{}",
    "answer": "{}",
    "user": "by {}",
    "result": "{}",
    "reason": "{}",
    "by": "by the {}",
    "summary": "{}",
    "why": "{}",
    "detail": "{}",
}
"""What a fact's data say on a page, in this order; the rest is for the auditor."""
