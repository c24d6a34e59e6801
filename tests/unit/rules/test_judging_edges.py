"""Edges of judging at which a call must not fall silent: clocks, services, hidden names."""

import pytest

from agents.decisions.judge import judge
from agents.decisions.rules import RuleSet
from agents.decisions.rules.span import Span
from agents.decisions.rules.when import When
from streams.records.verdict import Action
from tests.support import cloudtrail
from tests.support.cases import T0
from tests.support.flow import policy, record
from tests.support.rules import rule

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
OPEN = {"eventName": ["CreateUser"], "requestParameters": {"userName": ["root-like"]}}
SERVICE = {"type": "AssumedRole", "invokedBy": "cloudformation.amazonaws.com", "accountId": cloudtrail.ACCOUNT}


def decided(fields, *rules, received_ms=None):
    judged = policy()._replace(rules=RuleSet(rules, "v1"))
    return judge(fields, account=cloudtrail.ACCOUNT, policy=judged, received_ms=received_ms).decision


@pytest.mark.parametrize("behind_ms", [0, 1, 1_500, 86_400_000])
def test_a_clock_behind_the_call_s_makes_its_age_zero(behind_ms):
    young = rule({"eventName": ["CreateUser"]}, when=When(age_s=Span(0, 3600)))
    assert decided(record(1, "ada", "CreateUser"), young, received_ms=T0 - behind_ms) is not None


def test_an_alert_whose_deciding_value_is_held_back_pages_also_when_a_service_made_it():
    alert, asks = rule(OPEN), rule(OPEN, action=Action.NOTIFY)
    hidden = record(1, "ada", "CreateUser") | {"requestParameters": {"omitted": True}, "userIdentity": SERVICE}
    paged = decided(hidden, alert)
    assert (paged.action, paged.asked, paged.unaskable) == (Action.NOTIFY, None, "service")
    assert decided(hidden, asks).action is Action.LOG


@pytest.mark.parametrize("field", ["eventSource", "eventName"])
def test_a_hidden_name_may_be_any_rule_s(field):
    named = rule({"eventSource": ["iam.amazonaws.com"], "eventName": ["CreateUser"]})
    fields = record(1, "ada", "CreateUser") | {field: HIDDEN}
    assert RuleSet([named], "v1").may_match(fields)
    assert decided(fields, named) is not None


@pytest.mark.parametrize("went_well", ["", "200", "null", None])
def test_parameters_that_are_missing_from_a_call_that_went_well_hold_everything_back(went_well):
    fields = record(1, "ada", "CreateUser") | {"requestParameters": None, "errorCode": went_well}
    assert decided(fields, rule(OPEN)) is not None
    assert decided(fields | {"errorCode": "AccessDenied"}, rule(OPEN)) is None
