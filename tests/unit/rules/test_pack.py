"""The default pack: its own tests, its manners, and the cases every user expects of it."""

import pytest

from agents.decisions.rules import CallContext
from agents.rulebook.book import open_rulebook
from agents.rulebook.cases import run_tests

BOOK = open_rulebook([])


def action(name, source="iam.amazonaws.com", **more):
    record = {
        "eventSource": source,
        "eventName": name,
        "requestParameters": {"x": "y"},
        "userIdentity": {"type": "AssumedRole"},
    }
    found = BOOK.ruleset.matching(record | more, CallContext())
    return str(found[0].action) if found else "none"


def ingress(**ranges):
    return {"requestParameters": {"ipPermissions": {"items": [{"ipProtocol": "tcp", **ranges}]}}}


def test_the_pack_has_no_fault_and_passes_its_own_tests():
    assert not BOOK.faults
    failed = [str(one.fault()) for one in run_tests(BOOK.ruleset.rules, BOOK.tests) if not one.passed]
    assert not failed


@pytest.mark.parametrize("rule", BOOK.ruleset.rules, ids=lambda rule: rule.id)
def test_each_rule_says_why_and_what_to_do_and_tests_both_ways(rule):
    assert rule.because
    assert rule.runbook
    expected = {one.expect for one in BOOK.tests if one.rule_id == rule.id}
    assert "none" in expected
    assert expected - {"none"} == {str(rule.action)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CreateGroup", "log"),
        ("UpdateUser", "log"),
        ("CreateUser", "notify"),
        ("PutUserPolicy", "notify"),
        ("CreateAccessKey", "notify"),
        ("AttachUserPolicy", "notify"),
        ("ListUsers", "none"),
    ],
)
def test_calls_on_people(name, expected):
    assert action(name) == expected


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ({"ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}, "alert"),
        ({"ipv6Ranges": {"items": [{"cidrIpv6": "::/0"}]}}, "alert"),
        ({"ipRanges": {"items": [{"cidrIp": "10.0.0.0/8"}, {"cidrIp": "0.0.0.0/0"}]}}, "alert"),
        ({"ipRanges": {"items": [{"cidrIp": "10.0.0.0/8"}]}}, "notify"),
        ({"ipRanges": {"items": [{"cidrIp": "192.168.0.0/16"}]}}, "notify"),
        ({"groups": {"items": [{"groupId": "sg-0b"}]}}, "notify"),
    ],
)
def test_a_security_group_pages_only_when_the_world_comes_in(ranges, expected):
    assert action("AuthorizeSecurityGroupIngress", "ec2.amazonaws.com", **ingress(**ranges)) == expected


@pytest.mark.parametrize("name", ["StopLogging", "DeleteTrail"])
def test_stopping_the_trail_pages_and_trying_to_asks(name):
    assert action(name, "cloudtrail.amazonaws.com") == "alert"
    assert action(name, "cloudtrail.amazonaws.com", requestParameters=None) == "alert"
    assert action(name, "cloudtrail.amazonaws.com", errorCode="AccessDenied") == "notify"


def test_parameters_cut_off_do_not_hide_a_guarded_call():
    omitted = {"requestParameters": {"omitted": True, "originalSize": 200000}}
    assert action("PutEventSelectors", "cloudtrail.amazonaws.com", **omitted) == "alert"
    assert action("AuthorizeSecurityGroupIngress", "ec2.amazonaws.com", **omitted) == "notify"


def test_root_pages_whatever_it_does():
    root = {"userIdentity": {"type": "Root"}}
    assert action("DescribeInstances", "ec2.amazonaws.com", **root) == "alert"
    assert action("Anything", "new.amazonaws.com", **root) == "alert"
    assert action("Anything", "new.amazonaws.com", eventType="AwsServiceEvent", **root) == "none"
    by_service = {"userIdentity": {"type": "Root", "invokedBy": "support.amazonaws.com"}}
    assert action("Anything", "new.amazonaws.com", **by_service) == "none"


@pytest.mark.parametrize("error", ["Client.RequestLimitExceeded", "ThrottlingException", "Client.DryRunOperation"])
def test_a_call_that_did_nothing_pages_nobody(error):
    for rule in BOOK.ruleset.rules:
        if rule.guard or str(rule.action) != "alert" or rule.id == "countersign.root.used":
            continue
        for one in BOOK.tests:
            if one.rule_id == rule.id and one.expect == "alert":
                record = one.event | {"errorCode": error, "userIdentity": {"type": "AssumedRole"}}
                found = BOOK.ruleset.matching(record, CallContext())
                assert "alert" not in [str(fired.action) for fired in found if not fired.rule.guard], one


def test_an_error_code_that_is_none_counts_as_success():
    for code in ("", "null", "200", None):
        assert action("StopLogging", "cloudtrail.amazonaws.com", errorCode=code) == "alert"


def test_every_test_call_of_the_pack_passes_the_bridge():
    for one in BOOK.tests:
        if one.expect != "none":
            assert BOOK.ruleset.may_match(one.event), one
