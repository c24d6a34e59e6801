"""An interaction payload becomes an answer, a wish for details, or a refusal."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.clients.button import ButtonValue, Seal
from agents.clients.interaction import DETAILS, NO, YES, DetailsWanted, Refused, Reply, read_interaction
from agents.standins.slack_hand import block_actions
from agents.standins.slack_state import SlackMessage

SEAL = Seal(["secret"])
VALUE = ButtonValue("person/ada", "CASE", "d" * 64, 3)


def payload(action_id: str = YES, value: str | None = None) -> dict:
    message = SlackMessage("D1", "1700000000.000001", "U0BOT", "q", [], None)
    button = {"type": "button", "action_id": action_id, "value": value or SEAL.seal(VALUE)}
    return block_actions(
        message, button, user_id="U0ADA", team_id="T1", app_id="A1", trigger_id="t.1", now_ms=1_700_000_001_000
    )


def read(sent):
    return read_interaction(sent, team_id="T1", app_id="A1", seal=SEAL)


@pytest.mark.parametrize(("action_id", "answer"), [(YES, "yes"), (NO, "no")])
def test_a_click_is_an_answer_in_its_place(action_id, answer):
    reply = read(payload(action_id))
    assert isinstance(reply, Reply)
    assert (reply.partition, reply.actor_key) == (3, "person/ada")
    assert (reply.answered.case_id, reply.answered.digest, reply.answered.answer) == ("CASE", "d" * 64, answer)
    assert (reply.answered.user_id, reply.answered.team_id, reply.answered.app_id) == ("U0ADA", "T1", "A1")
    assert (reply.answered.channel, reply.answered.message_ts) == ("D1", "1700000000.000001")


def test_details_are_wanted():
    assert read(payload(DETAILS)) == DetailsWanted(3, "person/ada", "CASE", "d" * 64, "t.1", "U0ADA")


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("type",), "view_submission", "not_a_button"),
        (("team", "id"), "T2", "wrong_team"),
        (("user", "team_id"), "T2", "wrong_team"),
        (("api_app_id",), "A2", "wrong_app"),
        (("channel", "name"), "general", "not_a_direct_message"),
        (("actions",), [], "not_one_action"),
        (("actions",), "x", "not_one_action"),
        (("actions", 0, "value"), "made up", "broken_seal"),
        (("actions", 0, "value"), None, "broken_seal"),
        (("actions", 0, "action_id"), "else", "unknown_action"),
        (("team",), None, "wrong_team"),
        (("user",), [], "wrong_team"),
    ],
)
def test_what_is_not_ours_is_refused(path, value, reason):
    sent = copy.deepcopy(payload())
    place = sent
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert read(sent) == Refused(reason)


def test_two_actions_at_once_are_refused():
    sent = payload()
    sent["actions"] *= 2
    assert read(sent) == Refused("not_one_action")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_whatever_comes_is_refused_without_an_exception(sent):
    assert isinstance(read(sent), Refused)


@pytest.mark.slow
@given(key=st.sampled_from(sorted(payload())), value=JSON)
def test_a_payload_with_one_part_replaced_never_raises(key, value):
    assert isinstance(read({**payload(), key: value}), Refused | Reply)
