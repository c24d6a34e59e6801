"""What the pack makes of calls that did nothing, of services, root and machines, for every rule's own calls."""

import json

import pytest

from agents.decisions.directory import Directory
from agents.decisions.judge import Policy, judge
from agents.rulebook.book import open_rulebook
from benchmarks.scenarios.recall import pairs
from streams.records.timing import Limits, Timing
from tests.support.rules import SHARED

BOOK = open_rulebook([])
POLICY = Policy(BOOK.ruleset, Directory(), Timing(), Limits(), lateness_ms=10**15, observe=False)
ATTEMPT_COUNTS = {
    "countersign.guard.failed-attempt",
    "countersign.organizations.leaving-denied",
    "countersign.root.used",
    "countersign.root.read",
    "countersign.root.assumed",
    "countersign.root.sign-in-failed",
    "countersign.root.password-recovery",
    "countersign.sign-in.iam-user",
    "countersign.sign-in.from-keys",
    "countersign.sign-in.second-factor-failed",
    "countersign.discovery.attack-tool",
    "countersign.ec2.identity-role-used",
    "countersign.ec2.instance-credentials-elsewhere",
    "countersign.ec2.instance-looks-around",
}
"""Rules that fire for the attempt, whatever came of it; each says so in its title or its reason."""

FIRING = [one for one in BOOK.tests if one.expect in {"notify", "alert"}]
PERSON = {"type": "IAMUser", "userName": "ada", "accountId": "111122223333"}


def action(record):
    decision = judge(record, account=None, policy=POLICY, received_ms=None).decision
    return "none" if decision is None else str(decision.action)


REFUSED = ATTEMPT_COUNTS | {"countersign.ec2.secrets-read", "countersign.ec2.instance-makes-users"}
"""Those, and rules that take a refused call for what it shows, though not a throttled one or a dry run."""


@pytest.mark.parametrize(
    ("error", "attempts"),
    [
        ("ThrottlingException", ATTEMPT_COUNTS),
        ("Throttling", ATTEMPT_COUNTS),
        ("Client.RequestLimitExceeded", ATTEMPT_COUNTS),
        ("Client.DryRunOperation", ATTEMPT_COUNTS),
        ("ValidationError", REFUSED),
    ],
)
def test_a_call_that_did_nothing_is_not_asked_about(error, attempts):
    for one in FIRING:
        record = one.event | {"errorCode": error}
        fired = {found.rule.id for found in BOOK.ruleset.matching(record, one.context) if found.action != "log"}
        assert not fired - attempts, (one.rule_id, one.name)


def test_a_denied_call_never_pages_at_once_unless_root_made_it():
    for one in FIRING:
        record = one.event | {"errorCode": "AccessDenied", "userIdentity": PERSON}
        assert action(record) != "alert", (one.rule_id, one.name)


def test_a_service_is_never_asked_about():
    service = {"type": "AWSService", "invokedBy": "cloudformation.amazonaws.com"}
    for one in FIRING:
        record = one.event | {"userIdentity": service}
        decision = judge(record, account=None, policy=POLICY, received_ms=None).decision
        # An alert whose deciding value is held back is capped to notify: nobody is asked, and it pages.
        asks = decision is not None and str(decision.action) == "notify" and decision.unaskable != "service"
        assert not asks, (one.rule_id, one.name)


def test_root_always_pages_and_is_never_asked():
    for one in FIRING:
        if one.event.get("eventSource") == "signin.amazonaws.com":
            continue
        record = one.event | {"userIdentity": {"type": "Root"}}
        decision = judge(record, account=None, policy=POLICY, received_ms=None).decision
        assert decision is not None
        assert str(decision.action) == "alert" or decision.unaskable == "root", (one.rule_id, one.name)


def test_a_machine_that_does_people_s_work_pages_as_nobody_s():
    machine = {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/web/i-0abc12345"}
    for name in ("CreateUser", "CreateAccessKey", "AttachUserPolicy", "UpdateAssumeRolePolicy", "ListUsers"):
        record = {"eventSource": "iam.amazonaws.com", "eventName": name, "userIdentity": machine}
        decision = judge(record, account=None, policy=POLICY, received_ms=None).decision
        assert decision is not None
        assert (str(decision.action), decision.unaskable) == ("notify", "unattributed"), name


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public data sets are not beside the checkout")
def test_every_event_that_two_packs_name_is_left_alone_when_nothing_happened_or_a_service_did_it():
    service = {"type": "AWSService", "invokedBy": "config.amazonaws.com"}
    for source, name in pairs(SHARED, at_least=2):
        record = {
            "eventSource": source,
            "eventName": name,
            "userIdentity": PERSON,
            "requestParameters": {"x": "y"},
        }
        assert action(record | {"userIdentity": service}) in {"none", "log", "alert"}, (source, name)
        for error in ("ThrottlingException", "Client.DryRunOperation"):
            assert action(record | {"errorCode": error}) != "alert", (source, name)


def test_the_test_calls_are_written_by_hand():
    """Accounts and addresses are those that AWS and the RFCs keep for documents."""
    text = json.dumps([one.event for one in BOOK.tests])
    for word in ("123456789012", "AKIA", "ASIA", "fivexl", "stratus"):
        assert word not in text
