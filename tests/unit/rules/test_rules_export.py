"""The exported patterns: valid for EventBridge, short enough, and wide enough for every rule."""

import json

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
