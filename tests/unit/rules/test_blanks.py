"""What the record holds back: a rule that needs it fires all the same, capped at notify, guards excepted."""

import pytest

from agents.decisions.rules import RuleSet
from agents.decisions.rules.reading import HIDDEN
from streams.records.verdict import Action
from tests.support.rules import actions, rule

OPEN = {
    "eventSource": ["ec2.amazonaws.com"],
    "eventName": ["Open"],
    "requestParameters": {"range": ["everybody"], "port": [22]},
}


def call(parameters, **more):
    return {"eventSource": "ec2.amazonaws.com", "eventName": "Open", "requestParameters": parameters} | more


@pytest.mark.parametrize(
    "parameters",
    [
        {"range": HIDDEN, "port": 22},
        {"range": "everybody", "port": HIDDEN},
        HIDDEN,
        {"omitted": True, "originalSize": 200_000, "reason": "requestParameters too large"},
        {"range": {"omitted": "true"}, "port": 22},
        {"range": [HIDDEN, "one"], "port": 22},
        None,
        "null",
    ],
)
def test_a_value_held_back_fires_capped(parameters):
    assert actions([rule(OPEN)], call(parameters)) == {"team.rule": "notify*"}


def test_parameters_that_are_missing_count_as_null():
    record = call(None)
    del record["requestParameters"]
    assert actions([rule(OPEN)], record) == {"team.rule": "notify*"}


@pytest.mark.parametrize(
    "record",
    [
        call({"range": "office", "port": HIDDEN}),
        call(None, errorCode="AccessDenied"),
        call({}),
        call({"range": "everybody"}),
        call({"port": 22}, responseElements=HIDDEN),
        call(None, eventName="Close"),
    ],
)
def test_a_rule_that_could_not_match_anyway_stays_silent(record):
    assert actions([rule(OPEN)], record) == {}


def test_guards_are_not_capped():
    guard = rule(OPEN, rule_id="countersign.guard.x", guard=True)
    assert actions([guard], call(None)) == {"countersign.guard.x": "alert*"}


def test_the_cap_never_raises_an_action():
    assert actions([rule(OPEN, action=Action.LOG)], call(None)) == {"team.rule": "log*"}


def test_a_rule_without_such_conditions_is_not_capped_by_null_parameters():
    sign_in = rule({"eventName": ["ConsoleLogin"], "responseElements": {"ConsoleLogin": ["Success"]}})
    record = {
        "eventName": "ConsoleLogin",
        "requestParameters": None,
        "responseElements": {"ConsoleLogin": "Success"},
    }
    assert actions([sign_in], record) == {"team.rule": "alert"}


def test_an_exception_excuses_only_what_is_proven():
    one = rule({"eventName": ["Open"]}, unless={"requestParameters": {"range": [{"anything-but": "everybody"}]}})
    assert actions([one], call({"range": "office"})) == {}
    assert actions([one], call({"range": HIDDEN})) == {"team.rule": "notify*"}
    assert actions([one], call({"range": "everybody"})) == {"team.rule": "alert"}


def test_may_match_lets_every_such_record_through():
    rules = RuleSet([rule(OPEN)], "v")
    assert rules.may_match(call(None))
    assert rules.may_match(call({"range": HIDDEN, "port": 22}))
    assert not rules.may_match(call({"range": "office", "port": 22}))
    assert not rules.may_match(call({"range": "everybody", "port": 22}, eventName="Close"))
