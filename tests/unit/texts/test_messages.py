"""What we send to Slack: it fits, it tells what it must, and an event's text is never read as markup."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.clients.button import ButtonValue, Seal
from agents.standins import block_rules
from agents.texts import message
from agents.texts.catalog import default_texts
from agents.texts.question import date_markup, details_view
from streams.records.call import Outcome
from tests.support.examples import examples
from tests.support.vendors import NOW_MS, question, summary

TEXTS = default_texts()
SEALED = Seal(["secret"]).seal(ButtonValue("person/ada", "CASE", "d" * 64, 3))
HOSTILE = [
    "<!channel>",
    "<@U012ABCDEF>",
    "<https://evil.example|the console>",
    "*bold* _it_ ~no~ `code` ```block```",
    "> quoted\n• listed",
    ":rotating_light: :white_check_mark:",
    "\u202egnp.exe\u202c",
    "zero\u200bwidth\u2060joined\ufeff",
    "tags \U000e0041\U000e0042",
    "a\x00b\x1b[31mred\x07",
    "line\nbreak\r\nand\u2028more",
    "z" + "\u0301" * 500,
    "\u3164\u2800\u115f",
    "x" * 10_000,
    "\ud800 lone",
    "&lt;!here&gt; & <!here>",
    "{name} {0} %s ${x}",
    "",
    " ",
]
ACCOUNTS = {"111122223333": "production"}


def account_name(account: str) -> str:
    return ACCOUNTS.get(account, account)


def ask(asked):
    return message.ask(asked, TEXTS, account_name, sealed=SEALED, deadline_ms=NOW_MS + 900_000)


def markup(blocks) -> str:
    """Everything in the blocks that Slack reads as markup."""
    if isinstance(blocks, dict):
        own = blocks["text"] if blocks.get("type") == "mrkdwn" else ""
        return own + "".join(markup(value) for value in blocks.values())
    return "".join(markup(item) for item in blocks) if isinstance(blocks, list) else ""


def shown(content) -> str:
    return json.dumps(content.blocks, ensure_ascii=False)


def hostile_call(text: str, **changes):
    fields = {"event_name": text, "source": text, "tool": text, "target": text, "region": text, "error": text}
    return summary(**{**fields, "account": text, "outcome": Outcome.DENIED, **changes})


def test_one_call_is_told_in_full_on_one_screen():
    content = ask(question())
    text = shown(content)
    for part in ("AuthorizeSecurityGroupIngress", "production", "203.0.113.7", "aws-cli/2.15", "sg-1", "Ada"):
        assert part in text
    assert "111122223333" not in text
    assert date_markup(NOW_MS + 900_000) in text
    assert "security team is paged" in text
    assert [each["text"]["text"] for each in content.blocks[-1]["elements"]] == ["Yes, it was me", "No"]
    assert len(content.blocks) <= 6


def test_a_burst_is_counted_with_its_riskiest_three_and_a_way_to_the_rest():
    calls = [summary(fingerprint=bytes([n]) * 32, target=f"groupId=sg-{n}") for n in range(30)]
    content = ask(question(calls, count=400))
    text = shown(content)
    assert "400 calls" in text
    assert "and 397 more" in text
    assert "sg-2" in text
    assert "sg-3" not in text
    assert [each["text"]["text"] for each in content.blocks[-1]["elements"]][-1] == "Details"


def test_the_modal_shows_every_line():
    calls = [summary(fingerprint=bytes([n]) * 32, source=f"203.0.113.{n}") for n in range(50)]
    view = details_view(question(calls), TEXTS, account_name)
    assert block_rules.view_faults(view) == []
    text = json.dumps(view)
    assert all(f"203.0.113.{n}" in text for n in range(50))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("count", [1, 2])
def test_hostile_text_is_shown_and_never_read(text, count):
    asked = question([hostile_call(text)] * count, name=text)
    for content in (ask(asked), message.tell(asked, TEXTS, account_name, "denied", {"late": text})):
        assert block_rules.faults(content.blocks) == []
        assert block_rules.characters(content.blocks) < 8_000
        assert "<" not in content.text
        assert markup(content.blocks) in ("", markup(ask(question()).blocks))
        _nothing_invisible(shown(content))
    view = details_view(asked, TEXTS, account_name)
    assert block_rules.view_faults(view) == []
    assert markup(view["blocks"]) == ""


def _nothing_invisible(text: str) -> None:
    for letter in "\u202e\u202c\u200b\u2060\ufeff\u2028\x00\x1b\x07\u3164\u2800\ud800":
        assert letter not in text


@settings(max_examples=examples(60), deadline=None)
@given(st.text(max_size=300), st.integers(1, 60))
def test_any_text_makes_blocks_that_slack_takes(text, count):
    asked = question([hostile_call(text)] * min(count, 50), count=count, name=text)
    assert block_rules.faults(ask(asked).blocks) == []
    assert block_rules.view_faults(details_view(asked, TEXTS, account_name)) == []


@pytest.mark.parametrize(
    "outcome",
    [
        "verified", "denied", "no_answer", "unreachable", "push_denied", "push_timeout", "push_failed",
        "push_error", "fraud", "bypass", "not_enrolled", "duo_denied", "contradiction", "reported", "watchdog",
        "supervisor",
    ],
)  # fmt: skip
def test_every_outcome_has_words_and_no_buttons(outcome):
    content = message.tell(question(), TEXTS, account_name, outcome, {})
    assert TEXTS.outcome(outcome) != TEXTS.outcome("escalated")
    assert TEXTS.outcome(outcome) in shown(content)
    assert "button" not in shown(content)
    assert block_rules.faults(content.blocks) == []


def test_an_outcome_without_words_is_told_as_an_escalation():
    assert TEXTS.outcome("something new") == TEXTS.outcome("escalated")


@pytest.mark.parametrize(
    ("late", "word"), [("yes", "answered Yes"), ("allow", "approved"), ("deny", "later answer")]
)
def test_a_late_answer_is_shown(late, word):
    assert word in shown(message.tell(question(), TEXTS, account_name, "no_answer", {"late": late}))


def test_the_reminder_fits():
    assert block_rules.faults(message.remind(TEXTS, NOW_MS).blocks) == []


def test_no_stays_calm():
    assert "nothing else you need to do" in TEXTS.outcome("denied")


def burst(*sources: str):
    """A question of one call from each address; the message lists the first three of them alone."""
    return question([summary(fingerprint=bytes([n]) * 32, source=one) for n, one in enumerate(sources)])


def test_a_call_from_elsewhere_among_ones_own_is_told_however_many_there_are():
    own = ["198.51.100.7"] * 4
    assert "203.0.113.66" in shown(ask(burst(*own, "203.0.113.66")))
    assert "addresses" not in shown(ask(burst(*own)))
    many = shown(ask(burst(*own, *(f"203.0.113.{number}" for number in range(1, 7)))))
    assert "They came from 7 addresses" in many
    assert "and 2 more" in many
