"""The rule set: its index, its order, and what it names."""

from agents.decisions.rules import CallContext, RuleSet
from agents.decisions.rules.index import RuleIndex
from agents.decisions.rules.reading import Readings
from streams.records.head import head_of
from streams.records.verdict import Action
from tests.support.rules import actions, rule

CREATE = {"eventSource": ["iam.amazonaws.com"], "eventName": ["CreateUser", "CreateRole"]}


def record(name, source="iam.amazonaws.com", **more):
    return {"eventSource": source, "eventName": name, "requestParameters": {}} | more


def found(index, fields):
    return len(list(index.candidates(Readings(fields).generous, head_of(fields))))


def test_the_strongest_rule_comes_first_and_all_are_named():
    rules = [
        rule(CREATE, rule_id="a.log", action=Action.LOG),
        rule(CREATE, rule_id="c.alert", risk=24),
        rule(CREATE, rule_id="b.alert", risk=29),
        rule(CREATE, rule_id="d.notify", action=Action.NOTIFY, risk=19),
    ]
    found = RuleSet(rules, "v").matching(record("CreateUser"), CallContext())
    assert [one.rule.id for one in found] == ["b.alert", "c.alert", "d.notify", "a.log"]
    assert found[0].why == "it matters"


def test_rules_fire_whatever_part_of_the_pair_they_name():
    rules = [
        rule(CREATE, rule_id="pair"),
        rule({"eventSource": ["iam.amazonaws.com"]}, rule_id="source"),
        rule({"eventName": ["CreateUser"]}, rule_id="name"),
        rule({"eventName": [{"prefix": "Create"}]}, rule_id="prefix"),
        rule({"userIdentity": {"type": [{"exists": False}]}}, rule_id="neither"),
    ]
    assert set(actions(rules, record("CreateUser"))) == {"pair", "source", "name", "prefix", "neither"}
    assert set(actions(rules, record("CreateRole"))) == {"pair", "source", "prefix", "neither"}
    assert set(actions(rules, record("CreateUser", "x.amazonaws.com"))) == {"name", "prefix", "neither"}
    assert set(actions(rules, {})) == {"neither"}


def test_a_pair_in_odd_types_still_meets_its_rule():
    assert actions([rule(CREATE)], record(["CreateUser", "x"], ["iam.amazonaws.com"])) == {"team.rule": "alert"}


def test_a_rule_on_failures_alone_meets_failed_calls_only():
    denied = rule({"errorCode": [{"prefix": "Access"}]}, rule_id="denied")
    odd = rule({"errorCode": [None, "x"]}, rule_id="odd")
    assert actions([denied, odd], record("ListUsers", errorCode="AccessDenied")) == {"denied": "alert"}
    assert actions([denied, odd], record("ListUsers", errorCode=["x", "AccessDenied"])) == {
        "denied": "alert",
        "odd": "alert",
    }
    assert actions([denied, odd], record("ListUsers", errorCode=None)) == {"odd": "alert"}
    assert actions([denied, odd], record("ListUsers")) == {}


def test_named_gives_the_strongest_action_that_names_a_pair():
    rules = RuleSet(
        [
            rule({**CREATE, "requestParameters": {"x": ["y"]}}, rule_id="a", action=Action.NOTIFY),
            rule({"eventName": [{"prefix": "CreateRole"}]}, rule_id="b"),
            rule({"userIdentity": {"type": ["Root"]}}, rule_id="c"),
            rule({"eventSource": ["kms.amazonaws.com"]}, rule_id="d"),
        ],
        "v",
    )
    assert rules.named("iam.amazonaws.com", "CreateUser") == Action.NOTIFY
    assert rules.named("iam.amazonaws.com", "CreateRole") == Action.ALERT
    assert rules.named("iam.amazonaws.com", "ListUsers") is None
    assert rules.named("kms.amazonaws.com", "Decrypt") is None


def test_what_is_known_by_half_is_named_by_whatever_rule_speaks_of_that_half():
    rules = RuleSet(
        [
            rule(CREATE, rule_id="a", action=Action.NOTIFY),
            rule({"eventSource": [{"prefix": "km"}], "eventName": [{"prefix": "Make"}]}, rule_id="b"),
            rule({"userIdentity": {"type": ["Root"]}}, rule_id="c"),
        ],
        "v",
    )
    assert rules.named("iam.amazonaws.com", None) == Action.NOTIFY
    assert rules.named(None, "CreateUser") == Action.NOTIFY
    assert rules.named("kms.amazonaws.com", None) == Action.ALERT
    assert rules.named(None, "MakeKey") == Action.ALERT
    assert rules.named("s3.amazonaws.com", None) is None
    assert rules.named(None, "ListUsers") is None
    assert rules.named(None, None) is None
    assert rules.named("iam.amazonaws.com", "CreateUser", guards=True) is None


def test_only_rules_that_could_fire_are_tried():
    """What that saves is measured by benchmarks/scenarios/rules.py."""
    many = range(500)
    shapes = [
        *({"eventSource": [f"s{n}"], "eventName": ["x"]} for n in many),
        *({"eventSource": ["s"], "eventName": [{"prefix": f"Make{n}."}]} for n in many),
        *({"eventName": [f"Name{n}"]} for n in many),
        *({"userIdentity": {"arn": [f"arn{n}"]}} for n in many),
        *({"errorCode": [{"suffix": f"Denied{n}"}]} for n in many),
    ]
    index = RuleIndex([rule(shape, rule_id=f"r{n}") for n, shape in enumerate(shapes)])
    assert found(index, record("Describe", "ec2.amazonaws.com")) == 0
    assert found(index, record("x", "s7")) == 1
    assert found(index, record("Make7.more", "s")) == 1
    assert found(index, record("Name7", userIdentity={"arn": "arn8"})) == 2
    assert found(index, record("Other", userIdentity={"omitted": True})) == 500


def test_a_body_that_cannot_be_read_is_found_by_names_alone_whatever_else_a_rule_wants():
    wants = {
        "eventSource": ["iam.amazonaws.com"],
        "eventName": [{"suffix": "UserPolicy"}],
        "userIdentity": {"type": ["Root"]},
    }
    ruleset = RuleSet([rule(wants)], "v")
    assert ruleset.named("iam.amazonaws.com", "PutUserPolicy") is Action.ALERT
    assert ruleset.named("iam.amazonaws.com", "CreateUser") is None
    assert ruleset.named("s3.amazonaws.com", "PutUserPolicy") is None
    assert ruleset.named(None, "PutUserPolicy") is Action.ALERT
