"""The compiled matcher against a naive reading of the language, and the soundness of the bridge's filter."""

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agents.decisions.rules import CallContext, RuleSet
from agents.decisions.rules.reading import HIDDEN, Readings, says_all
from agents.decisions.rules.rule import fired
from tests.support.rules import matches, naive_matches, rule

NAMES = ["a", "b", "requestParameters"]
TEXTS = st.sampled_from(["", "x", "xy", "Xy", "y", "10.0.0.1", "10.0.0.0/8", HIDDEN, "null"])
NUMBERS = st.sampled_from([0, 1, 2.5, -3])
SCALARS = st.one_of(TEXTS, NUMBERS, st.booleans(), st.none())
OMITTED = st.just({"omitted": True, "reason": "too large"})

values = st.recursive(
    st.one_of(SCALARS, OMITTED),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    ),
    max_leaves=8,
)
records = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(NAMES, values),
        "eventSource": st.one_of(st.sampled_from(["s1", "s2"]), values),
        "eventName": st.one_of(st.sampled_from(["n1", "n2"]), values),
        "errorCode": st.sampled_from([None, "AccessDenied", "null"]),
    },
)

words = st.one_of(
    st.builds(lambda text: {"prefix": text}, TEXTS),
    st.builds(lambda text: {"suffix": text}, TEXTS),
    st.builds(lambda text: {"prefix": {"equals-ignore-case": text}}, TEXTS),
    st.builds(lambda text: {"equals-ignore-case": text}, TEXTS),
    st.builds(lambda text: {"wildcard": text}, st.sampled_from(["*", "x*", "*y", "x*y", "y"])),
    st.builds(lambda texts: {"anything-but": texts}, st.lists(TEXTS, min_size=1, max_size=2)),
    st.builds(lambda numbers: {"anything-but": numbers}, st.lists(NUMBERS, min_size=1, max_size=2)),
    st.builds(lambda text: {"anything-but": {"prefix": text}}, TEXTS.filter(bool)),
    st.sampled_from([{"numeric": [">", 0]}, {"numeric": [">=", 0, "<", 2]}, {"numeric": ["=", 1]}]),
    st.just({"cidr": "10.0.0.0/8"}),
    st.just({"exists": True}),
)
alternatives = st.lists(st.one_of(SCALARS, words), min_size=1, max_size=2)
maybe_absent = st.lists(st.one_of(SCALARS, words, st.just({"exists": False})), min_size=1, max_size=2)


def patterns_of(leaves):
    """Objects of fields, nested, and `$or` over fields that stand nowhere else."""
    fields = st.recursive(
        leaves,
        lambda inner: st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=2),
        max_leaves=4,
    )
    plain = st.dictionaries(st.sampled_from(NAMES), fields, min_size=1, max_size=3)
    named = st.fixed_dictionaries(
        {"eventSource": st.sampled_from([["s1"], ["s1", "s2"], [{"prefix": "s"}]])},
        optional={
            "eventName": st.sampled_from([["n1"], [{"anything-but": "n1"}], ["n1", "n2"], [{"prefix": "n"}, "m"]])
        },
    )
    either = st.tuples(leaves, leaves).map(lambda two: {"$or": [{"eventName": two[0]}, {"errorCode": two[1]}]})
    return st.one_of(plain, st.builds(lambda left, right: left | right, plain, st.one_of(named, either)))


def without_array(value) -> bool:
    if isinstance(value, dict):
        return all(without_array(inner) for inner in value.values())
    return not isinstance(value, list)


@given(patterns_of(alternatives), records)
def test_the_compiled_matcher_reads_as_the_naive_one(pattern, record):
    assert matches(pattern, record) == naive_matches(pattern, record)


@given(patterns_of(maybe_absent), records.filter(without_array))
def test_absence_outside_arrays_reads_as_the_naive_one(pattern, record):
    assert matches(pattern, record) == naive_matches(pattern, record)


@given(
    st.lists(patterns_of(maybe_absent), min_size=1, max_size=3),
    st.lists(patterns_of(maybe_absent), max_size=2),
    records,
)
def test_the_bridge_keeps_every_call_that_a_rule_can_fire_on(wanted, unwanted, record):
    rules = [rule(pattern, unless=unwanted, rule_id=f"r{n}") for n, pattern in enumerate(wanted)]
    ruleset = RuleSet(rules, "v")
    fired = ruleset.matching(record, CallContext())
    assert ruleset.may_match(record) == bool(fired)
    for one in rules:
        plain = matches_any(one, wanted, record) and not any(matches(pattern, record) for pattern in unwanted)
        found = [again for again in fired if again.rule.id == one.id]
        if plain:
            assert [again.capped for again in found] == [False]
        assert all(again.capped for again in found) or plain


def named(texts):
    """What a rule may want of a source or a name."""
    one = st.sampled_from(texts)
    return st.one_of(
        st.lists(one, min_size=1, max_size=3, unique=True),
        st.builds(lambda text: [{"prefix": text[:2]}], one),
        st.builds(lambda text: [{"anything-but": [text]}], one),
        st.builds(lambda text, other: [text, {"suffix": other[-2:]}], one, one),
        st.builds(lambda text: [text, {"exists": False}], one),
    )


EVENTS = {"eventSource": ["iam", "s3.x"], "eventName": ["Create", "Delete", "DeleteX"]}
besides = {
    "errorCode": st.just(["AccessDenied"]),
    "a": st.sampled_from([["x"], ["y"], [{"exists": False}]]),
}
named_events = st.one_of(
    st.fixed_dictionaries({}, optional={field: named(texts) for field, texts in EVENTS.items()} | besides),
    st.fixed_dictionaries(
        {field: st.lists(st.sampled_from(texts), min_size=1, unique=True) for field, texts in EVENTS.items()},
        optional=besides,
    ),
)
either_event = st.builds(
    lambda both, first, second: both | {"$or": [first, second]} if first and second else both or {"a": ["x"]},
    st.fixed_dictionaries({}, optional={"b": st.just(["x"])}),
    named_events,
    named_events,
)
events = st.fixed_dictionaries(
    {field: st.sampled_from(texts) for field, texts in EVENTS.items()},
    optional={
        "a": st.sampled_from(["x", "y", HIDDEN, None]),
        "b": st.sampled_from(["x", HIDDEN]),
        "errorCode": st.just("AccessDenied"),
    },
)


@given(st.lists(st.one_of(named_events.filter(bool), either_event), min_size=1, max_size=4), events)
def test_a_rule_that_the_index_found_by_names_fires_as_the_whole_rule_does(wanted, record):
    rules = [rule(pattern, rule_id=f"r{n}") for n, pattern in enumerate(wanted)]
    alone = [found for one in rules if (found := fired(one, Readings(record), CallContext())) is not None]
    found = RuleSet(rules, "v").matching(record, CallContext())
    assert sorted((one.rule.id, one.capped) for one in found) == [(one.rule.id, one.capped) for one in alone]


@given(
    st.lists(patterns_of(maybe_absent), min_size=1, max_size=3),
    st.lists(patterns_of(maybe_absent), max_size=2),
    records,
)
def test_a_record_that_says_all_is_read_once_and_means_the_same(wanted, unwanted, record):
    rules = [rule(pattern, unless=unwanted, rule_id=f"r{n}") for n, pattern in enumerate(wanted)]
    ruleset = RuleSet(rules, "v")
    whole = says_all(json.dumps(record).encode())
    assert whole is not any(mark in json.dumps(record) for mark in (HIDDEN, "omitted"))
    suspects = ruleset.suspects(record, whole=whole)
    found, before = suspects.matching(CallContext()), ruleset.matching(record, CallContext())
    assert [(one.rule.id, one.capped) for one in found] == [(one.rule.id, one.capped) for one in before]


@pytest.mark.parametrize("text", [HIDDEN, HIDDEN.replace("H", "\\u0048", 1), "\\u006fmitted", "omitted"])
def test_a_text_that_may_hold_something_back_does_not_say_all(text):
    assert not says_all(b'{"a":"%s"}' % text.encode())
    assert says_all(b'{"a":"b"}')


@given(st.lists(patterns_of(maybe_absent), min_size=1, max_size=6), records)
def test_the_index_leaves_out_no_rule_that_fires(wanted, record):
    """A hidden source or name is left out: the index goes by what they say."""
    assume(HIDDEN not in (record.get("eventSource"), record.get("eventName")))
    rules = [rule(pattern, rule_id=f"r{n}") for n, pattern in enumerate(wanted)]
    found = {one.rule.id for one in RuleSet(rules, "v").matching(record, CallContext())}
    assert found == {one.id for one in rules if fired(one, Readings(record), CallContext())}


def matches_any(one, wanted, record) -> bool:
    return matches(wanted[int(one.id[1:])], record)


@given(patterns_of(alternatives), values)
def test_no_value_makes_a_rule_raise(pattern, value):
    ruleset = RuleSet([rule(pattern)], "v")
    record = {"eventSource": value, "eventName": value, "requestParameters": value, "a": value, "errorCode": value}
    ruleset.matching(record, CallContext())
    ruleset.may_match(record)
