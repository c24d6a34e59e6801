"""What a call's head tells: never less than what trying every rule on the whole record would find."""

import json
from itertools import chain

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.decisions.rules import CallContext, RuleSet
from agents.decisions.rules.reading import HIDDEN, Readings
from agents.decisions.rules.rule import fired
from agents.rulebook.book import load_rules
from streams.records.head import head_of
from tests.support.rules import rule

PAIR = {"eventSource": "s1", "eventName": "n1"}
CODES = st.sampled_from(["", "AccessDenied", "Client.UnauthorizedOperation", "Throttling", "null", HIDDEN])
KINDS = st.sampled_from(["Root", "IAMUser", "AssumedRole", HIDDEN])
ARNS = st.sampled_from(["arn:1:assumed-role/aws:ec2/i-1", "arn:1:user/ada", "arn:2:user/grace", "", HIDDEN])
ODD = st.sampled_from([None, True, 7, ["Root"], [], {"omitted": True}, {"x": "Root"}])
callers = st.one_of(
    ODD,
    st.just(HIDDEN),
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.one_of(KINDS, ODD),
            "arn": st.one_of(ARNS, ODD),
            "omitted": st.sampled_from([True, "true", False, None]),
            "userName": st.just("ada"),
        },
    ),
)
records = st.fixed_dictionaries(
    {},
    optional={
        "eventSource": st.one_of(st.sampled_from(["s1", "s2"]), st.just(HIDDEN), ODD),
        "eventName": st.one_of(st.sampled_from(["n1", "n2"]), st.just(HIDDEN), ODD),
        "errorCode": st.one_of(CODES, ODD),
        "userIdentity": callers,
        "omitted": st.sampled_from([True, "true", False, None]),
        "userIdentity.type": st.one_of(KINDS, ODD),
        "userIdentity.arn": st.one_of(ARNS, ODD),
        "requestParameters": st.sampled_from([None, {}, {"a": "x"}]),
        "recipientAccountId": st.sampled_from(["1", "2"]),
    },
)


def wanted(texts):
    words = st.one_of(
        texts,
        st.none(),
        st.sampled_from([{"exists": True}, {"exists": False}, {"anything-but": ["Root", "x"]}]),
        st.builds(lambda text: {"prefix": text[:5]}, texts),
        st.builds(lambda text: {"suffix": text[-5:]}, texts),
        st.builds(lambda text: {"prefix": {"equals-ignore-case": text[:5]}}, texts),
        st.builds(lambda text: {"suffix": {"equals-ignore-case": text[-5:]}}, texts),
        st.builds(lambda text: {"equals-ignore-case": text}, texts),
        st.sampled_from([{"wildcard": "*:assumed-role/aws:*"}, {"wildcard": "*"}, {"wildcard": "a*user*a"}]),
    )
    return st.lists(words, min_size=1, max_size=2)


named_callers = st.fixed_dictionaries({}, optional={"type": wanted(KINDS), "arn": wanted(ARNS)}).filter(bool)
patterns = st.fixed_dictionaries(
    {},
    optional={
        "eventSource": st.sampled_from([["s1"], ["s1", "s2"], [{"prefix": "s"}]]),
        "eventName": st.sampled_from([["n1"], [{"anything-but": "n1"}], [{"prefix": "n"}]]),
        "errorCode": wanted(CODES),
        "userIdentity": named_callers,
        "recipientAccountId": st.just(["1"]),
        "requestParameters": st.just({"a": ["x"]}),
    },
).filter(bool)


@given(st.lists(patterns, min_size=1, max_size=3), records)
@example([{"userIdentity": {"type": ["Root"]}}], PAIR | {"userIdentity.type": "Root"})
@example([{"userIdentity": {"arn": [{"wildcard": "*x*"}]}}], PAIR | {"userIdentity": {"omitted": True}})
@example([{"errorCode": [{"suffix": "Denied"}]}], PAIR | {"errorCode": HIDDEN})
@example([{"eventName": ["n1"]}], {"eventSource": "s1", "eventName": HIDDEN})
@example([{"userIdentity": {"type": ["Root"]}}], PAIR | {"omitted": True, "userIdentity.type": None})
def test_no_head_hides_a_rule_that_would_fire(wanting, record):
    rules = [rule(pattern, rule_id=f"r{n}") for n, pattern in enumerate(wanting)]
    ruleset = RuleSet(rules, "v")
    fires = {one.id for one in rules if fired(one, Readings(record), CallContext())}
    head = head_of(json.loads(json.dumps(record)))
    assert head is None or ruleset.may_concern(head) or not fires
    assert ruleset.may_match(record) or not fires
    if HIDDEN not in (record.get("eventSource"), record.get("eventName")):
        assert {one.rule.id for one in ruleset.matching(record, CallContext())} == fires


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, False),
        ({"errorCode": "ThrottlingException"}, False),
        ({"errorCode": "Client.UnauthorizedOperation"}, True),
        ({"userIdentity": {"type": "Root"}}, True),
        ({"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::1:user/ada"}}, False),
        ({"userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/aws:ec2/i-1"}}, True),
        ({"eventName": "CreateUser", "eventSource": "iam.amazonaws.com"}, True),
    ],
)
def test_the_head_alone_tells_what_no_default_rule_can_want(more, expected):
    head = head_of({"eventSource": "s3.amazonaws.com", "eventName": "GetBucketLocation"} | more)
    assert head is not None
    assert load_rules([]).may_concern(head) is expected


def test_heads_of_many_names_and_codes_are_told_apart_all_the_same():
    """More than are remembered, and too long ones."""
    codes = [{"suffix": "Denied"}]
    ruleset = RuleSet([rule({"eventName": ["n7"]}, rule_id="a"), rule({"errorCode": codes}, rule_id="b")], "v")
    numbers = [*range(20_010), 7]
    asked = ((f"n{n}", None) for n in numbers), ((f"m{n % 3}", f"E{n}Denied"[: 3 + n % 9]) for n in numbers)
    for name, code in chain(*asked, [("x" * 300, "y" * 300), ("x" * 300, "Denied"), ("z", "y" * 300 + "Denied")]):
        head = head_of({"eventSource": "s", "eventName": name, "errorCode": code})
        assert head is not None
        assert ruleset.may_concern(head) is (name == "n7" or str(code).endswith("Denied"))


def test_a_record_whose_head_is_odd_is_read_whole():
    for odd in (
        {"eventName": None},
        {"userIdentity": []},
        {"userIdentity": ""},
        {"errorCode": 7},
        {"omitted": True},
    ):
        assert head_of(PAIR | odd) is None
