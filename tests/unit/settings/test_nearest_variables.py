"""A variable that names no setting: the suggestion is a variable that does, down to the key."""

import pytest

from streams.settings.load import survey
from streams.settings.variables import nearest_variable


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("COUNTERSIGN_SLACK_BOT_TOKEN", "COUNTERSIGN_SLACK__BOT_TOKEN"),
        ("COUNTERSIGN_SLACK_BOT_TOKEN_FILE", "COUNTERSIGN_SLACK__BOT_TOKEN_FILE"),
        ("COUNTERSIGN_SLAK__BOT_TOKEN", "COUNTERSIGN_SLACK__BOT_TOKEN"),
        ("COUNTERSIGN_slack__bot_token", "COUNTERSIGN_SLACK__BOT_TOKEN"),
        ("COUNTERSIGN_RUN_MODE", "COUNTERSIGN_RUN__MODE"),
        ("COUNTERSIGN_MODE", "COUNTERSIGN_RUN__MODE"),
        ("COUNTERSIGN_FEEDS_3_QUEUE_URL", "COUNTERSIGN_FEEDS__3__QUEUE_URL"),
        ("COUNTERSIGN_TIMING__GROUP_WAIT", "COUNTERSIGN_TIMING__GROUP_WAIT_S"),
        ("COUNTERSIGN_CA__FILE", "COUNTERSIGN_CA_FILE"),
    ],
)
def test_the_nearest_variable_is_suggested(typed: str, meant: str):
    assert nearest_variable(typed) == f': did you mean "{meant}"?'
    [fault] = survey(None, {typed: "x"}).faults
    assert str(fault).startswith(f'{typed}: this variable names no setting: did you mean "{meant}"?')


def test_a_word_that_is_near_none_is_told_where_the_keys_are():
    assert nearest_variable("COUNTERSIGN_QQQ") == ": `countersign config schema` lists the keys"


@pytest.mark.parametrize("name", ["bot_token", "app_token"])
def test_each_suggestion_is_a_setting(name: str):
    assert not survey(None, {f"COUNTERSIGN_SLACK__{name.upper()}": {"b": "xoxb-1", "a": "xapp-1"}[name[0]]}).faults
