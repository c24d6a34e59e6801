"""What the bridge lets through whatever the rules say: the calls that issue sessions."""

import pytest

from agents.decisions.issuing import SESSION_CALLS
from agents.decisions.rules import RuleSet
from agents.sources import wanted_of
from tests.support.flow import policy
from tests.support.sessions import assume, made, user

WANTED = wanted_of(policy()._replace(rules=RuleSet([], "none")))


@pytest.mark.parametrize("name", SESSION_CALLS)
def test_a_call_that_issued_a_session_is_wanted_without_any_rule(name):
    assert WANTED.may_match(assume(1, user("ada"), "ASIA1", "deploy", "x", eventName=name))


@pytest.mark.parametrize(
    "record",
    [
        made(1, user("ada")),
        assume(1, user("ada"), "ASIA1", "deploy", "x", responseElements=None, errorCode="AccessDenied"),
        assume(1, user("ada"), "ASIA1", "deploy", "x", eventName="GetCallerIdentity"),
        assume(1, user("ada"), "ASIA1", "deploy", "x", eventSource="iam.amazonaws.com"),
        {"eventSource": ["sts.amazonaws.com"], "eventName": {"x": 1}, "responseElements": []},
    ],
)
def test_one_that_issued_none_is_the_rules_to_want(record):
    assert not WANTED.may_match(record)
