"""The exported patterns: valid for EventBridge, short enough, and wide enough for every rule."""

import json

import pytest

from agents.decisions.rules import CallContext, RuleSet
from agents.rulebook.book import open_rulebook
from agents.rulebook.export import MAX_CHARACTERS, SESSION_CALLS, export_patterns
from tests.support.rules import matches, mistakes

BOOK = open_rulebook([])
PATTERNS = export_patterns(BOOK.ruleset.rules)


def passes(record) -> bool:
    event = {"source": "aws.iam", "detail-type": "AWS API Call via CloudTrail", "detail": record}
    return any(matches(pattern, event) for pattern in PATTERNS)


def test_each_pattern_is_one_that_eventbridge_takes():
    for pattern in PATTERNS:
        assert not mistakes(pattern)
        assert len(json.dumps(pattern)) <= MAX_CHARACTERS


def test_every_call_that_a_rule_of_the_pack_fires_on_passes():
    for one in BOOK.tests:
        if one.expect != "none":
            assert passes(one.event), one.name


def test_a_call_whose_parameters_are_held_back_passes():
    record = {"eventSource": "ec2.amazonaws.com", "eventName": "AuthorizeSecurityGroupIngress"}
    assert passes(record | {"requestParameters": {"omitted": True}})


HELD_BACK = """
id: team.held
title: A rule
action: alert
match: {match}
because: it matters
tests: [{{name: none, event: {{x: 1}}, expect: none}}]
"""
OMITTED = {"omitted": True, "originalSize": 200_000}
HIDDEN = {"type": "IAMUser", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}


@pytest.mark.parametrize(
    ("match", "record"),
    [
        ("{serviceEventDetails: {state: [evil]}}", {"serviceEventDetails": OMITTED}),
        ('{"requestParameters.networkInterfaceSet.items": [root]}', {"requestParameters": OMITTED}),
        ("{responseElements: {x: [y]}}", {"responseElements": OMITTED}),
        ("{userIdentity: {userName: [break-glass]}}", {"userIdentity": HIDDEN}),
        ("{userIdentity: {userName: [break-glass], type: [IAMUser]}}", {"userIdentity": HIDDEN}),
        ("{userIdentity: {$or: [{userName: [x]}, {type: [Root]}]}}", {"userIdentity": HIDDEN}),
        ("{$or: [{userIdentity: {userName: [x]}}, {errorCode: [y]}]}", {"userIdentity": HIDDEN}),
    ],
)
def test_what_fires_by_a_value_that_is_held_back_passes(tmp_path, match, record):
    (tmp_path / "a.yaml").write_text(HELD_BACK.format(match=match))
    book = open_rulebook([tmp_path])
    assert not book.faults
    rules = [draft.rule for draft in book.own]
    for source in ({"eventSource": "odd.amazonaws.com", "eventName": "Odd"}, {"eventName": "Odd"}):
        event = {"source": "aws.odd", "detail-type": "AWS Service Event via CloudTrail", "detail": source | record}
        assert RuleSet(rules, "v").matching(event["detail"], CallContext())
        assert any(matches(pattern, event) for pattern in export_patterns(rules))
    assert not [mistakes(pattern) for pattern in export_patterns(rules) if mistakes(pattern)]


def test_calls_that_issue_credentials_pass():
    assert all(passes({"eventSource": "sts.amazonaws.com", "eventName": name}) for name in SESSION_CALLS)


def test_ordinary_reading_does_not_pass():
    for source, name in (("ec2", "DescribeInstances"), ("kms", "Decrypt"), ("iam", "ListUsers")):
        record = {
            "eventSource": f"{source}.amazonaws.com",
            "eventName": name,
            "userIdentity": {"type": "AssumedRole"},
        }
        assert not passes(record)


def test_few_rules_are_enough():
    assert len(PATTERNS) <= 30  # EventBridge takes 300 a bus
