"""What the default pack costs people: questions and pages of ordinary hours, in their own time."""

from agents.decisions.judge import Policy
from agents.rulebook.book import load_rules
from streams.records.timing import Limits, Timing
from streams.records.verdict import Action
from tests.support.backtest import ACCOUNT, PEOPLE, T0, record, run

RULES = load_rules([])
POLICY = Policy(RULES, PEOPLE, Timing(), Limits(), lateness_ms=1, observe=True)

APPLY = (
    [("iam", name) for name in ("CreateRole", "AttachRolePolicy", "CreateInstanceProfile", "DetachRolePolicy")]
    + [("ec2", name) for name in ("CreateVpc", "CreateSubnet", "AttachInternetGateway", "RunInstances")]
    + [("ec2", name) for name in ("CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "DescribeInstances")]
    + [("s3", name) for name in ("CreateBucket", "PutBucketPolicy", "PutBucketAcl", "PutBucketVersioning")]
    + [("kms", "CreateKey"), ("sts", "GetCallerIdentity"), ("secretsmanager", "GetSecretValue")]
    + [("lambda", "UpdateFunctionCode20150331v2"), ("rds", "CreateDBInstance"), ("iam", "ListUsers")]
)
"""What one apply of a middling stack calls, reading and writing."""


def call(service, name, at_s, number=0, **more):
    fields = record(name, "ada", at_s, number) | {"eventSource": f"{service}.amazonaws.com"}
    return fields | {"requestParameters": {"name": f"n{number}"}} | more


def apply(begins_s, lasts_s, calls):
    """An apply of so many calls, spread evenly."""
    return [
        call(*APPLY[at % len(APPLY)], begins_s + at * lasts_s // calls, number=begins_s + at)
        for at in range(calls)
    ]


def test_an_ordinary_hour_of_terraform_is_at_most_five_questions_and_no_page():
    """The largest burst seen in public data is ten minutes of 236 writes; here a short second apply follows."""
    told, _ = run(apply(0, 600, 400) + apply(2_400, 90, 60), POLICY)
    assert told.by_action["notify"] > 100
    assert 1 <= told.max_prompts_person_hour <= 5
    assert told.pages.total == 0


def test_reading_the_whole_hour_asks_nobody():
    reads = [name for service, name in APPLY if name.startswith(("Describe", "List", "GetCaller"))]
    told, _ = run([call("ec2", name, at * 10, readOnly=True) for at, name in enumerate(reads * 90)], POLICY)
    assert (told.prompts.total, told.pages.total) == (0, 0)


def test_services_are_not_asked_whatever_they_read_or_do():
    service = {"userIdentity": {"type": "AWSService", "invokedBy": "config.amazonaws.com"}}
    told, _ = run([call(*one, at, **service) for at, one in enumerate(APPLY * 3)], POLICY)
    assert (told.prompts.total, told.pages.total) == (0, 0)


def test_a_day_of_pages_that_the_console_may_not_show_is_at_most_three_questions():
    denied = {"readOnly": True, "sessionCredentialFromConsole": "true", "errorCode": "AccessDenied"}
    day = [call("health", "DescribeEventAggregates", at_s, at_s, **denied) for at_s in range(0, 9 * 3600, 60)]
    told, _ = run(day, POLICY)
    assert 1 <= told.prompts.total <= 3
    assert told.pages.total == 0


def test_a_curious_hour_of_denied_calls_is_at_most_two_questions_and_no_page():
    denied = [call("iam", "GetRole", at_s, at_s, errorCode="AccessDenied") for at_s in range(0, 3600, 20)]
    told, _ = run(denied, POLICY)
    assert 1 <= told.prompts.total <= 2
    assert told.pages.total == 0


def test_a_program_that_lacks_a_permission_asks_and_pages_nobody():
    role = {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/web/i-0abc1234",
        "accountId": ACCOUNT,
    }
    denied = [
        call("s3", "ListObjects", at_s, at_s, errorCode="AccessDenied", userIdentity=role)
        for at_s in range(0, 3600, 5)
    ]
    told, _ = run(denied, POLICY)
    assert (told.by_action["log"], told.prompts.total, told.pages.total) == (720, 0, 0)


def test_what_root_looks_at_is_one_page():
    looks = [
        call("ec2", "DescribeInstances", at_s, at_s, readOnly=True, userIdentity={"type": "Root"})
        for at_s in range(60)
    ]
    told, _ = run(looks, POLICY)
    assert told.pages.total == 1


def test_a_rule_with_a_longer_interval_has_a_wait_of_its_own():
    """Groups are told apart by their wait, not by their interval: without one, others would wait as long."""
    plain = Timing().group_wait_ms // 1000
    for rule in RULES.rules:
        if rule.timing.get("group_interval_s", 0) > Timing().group_interval_ms // 1000:
            assert rule.timing.get("group_wait_s", plain) != plain, rule.id
    intervals = {}
    for rule in RULES.rules:
        if rule.action is Action.NOTIFY and "group_wait_s" in rule.timing:
            intervals.setdefault(rule.timing["group_wait_s"], set()).add(rule.timing["group_interval_s"])
    assert all(len(found) == 1 for found in intervals.values()), intervals


def test_files_deleted_for_good_do_not_wait_an_hour_behind_what_is_done_all_day():
    """A shell is asked about, and minutes later files vanish: that is a question of its own, and soon."""
    shell = call("ssm", "StartSession", 0)
    deleted = [call("s3", "DeleteObjects", 300 + at, at) for at in range(10)]
    _, sent = run([shell, *deleted], POLICY)
    assert [(one.at_ms - T0) // 1000 for one in sent] == [180, 450]
