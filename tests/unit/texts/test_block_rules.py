"""The stand-in's block rules refuse what Slack's published limits refuse."""

import pytest

from agents.standins.block_rules import faults, view_faults

PLAIN = {"type": "plain_text", "text": "x"}
BUTTON = {"type": "button", "text": PLAIN, "action_id": "a", "value": "v"}


def plain(length: int) -> dict:
    return {"type": "plain_text", "text": "x" * length}


def rich(leaf: dict) -> dict:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [leaf]}]}


@pytest.mark.parametrize(
    "block",
    [
        {"type": "header", "text": plain(150)},
        {"type": "section", "text": plain(3000)},
        {"type": "section", "text": {"type": "mrkdwn", "text": "*x*", "verbatim": True}},
        {"type": "section", "fields": [plain(2000)] * 10},
        {"type": "context", "elements": [PLAIN] * 10},
        {"type": "divider"},
        {"type": "actions", "elements": [{**BUTTON, "value": "v" * 2000, "style": "danger"}]},
        rich({"type": "text", "text": "x", "style": {"bold": True}}),
        rich({"type": "date", "timestamp": 1, "format": "{time}", "fallback": "x"}),
    ],
)
def test_what_slack_takes(block):
    assert faults([block] * 50) == []


@pytest.mark.parametrize(
    "block",
    [
        "x",
        {"type": "unknown"},
        {"type": "header", "text": plain(151)},
        {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
        {"type": "section", "text": plain(3001)},
        {"type": "section", "text": plain(0)},
        {"type": "section"},
        {"type": "section", "fields": [PLAIN] * 11},
        {"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}},
        {"type": "section", "text": {**PLAIN, "verbatim": True}},
        {"type": "section", "text": PLAIN, "colour": "red"},
        {"type": "section", "text": PLAIN, "block_id": "x" * 256},
        {"type": "context", "elements": []},
        {"type": "actions", "elements": []},
        {"type": "actions", "elements": [BUTTON] * 2},
        {"type": "actions", "elements": [{**BUTTON, "value": "v" * 2001}]},
        {"type": "actions", "elements": [{**BUTTON, "text": plain(76)}]},
        {"type": "actions", "elements": [{**BUTTON, "style": "green"}]},
        {"type": "actions", "elements": [{"type": "static_select"}]},
        rich({"type": "text", "text": ""}),
        rich({"type": "text", "text": "x", "style": {"blink": True}}),
        rich({"type": "date", "timestamp": "1"}),
        rich({"type": "image"}),
        {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "stars", "elements": []}]},
        {"type": "rich_text", "elements": []},
    ],
)
def test_what_slack_refuses(block):
    assert faults([block])


def test_counts_and_names_are_checked_across_blocks():
    assert faults([{"type": "divider"}] * 51)
    assert faults([{"type": "divider", "block_id": "a"}] * 2)
    assert faults({"type": "divider"})


def test_modals_have_limits_of_their_own():
    view = {"type": "modal", "title": plain(24), "blocks": [{"type": "divider"}] * 100}
    assert view_faults(view) == []
    assert view_faults({**view, "title": plain(25)})
    assert view_faults({**view, "blocks": [{"type": "divider"}] * 101})
    assert view_faults({**view, "private_metadata": "x" * 3001})
    assert view_faults({"type": "home"})
