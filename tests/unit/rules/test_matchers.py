"""Each matcher of the pattern language, with AWS's own examples where it documents one."""

import pytest

from agents.decisions.rules.pattern import parse_pattern
from agents.decisions.rules.reading import Readings, fulfils
from tests.support.documented import PAIRS
from tests.support.rules import matches, mistakes


@pytest.mark.parametrize(("pattern", "event", "expected"), PAIRS)
def test_holds_as_aws_documents(pattern, event, expected):
    assert matches(pattern, event) is expected


@pytest.mark.parametrize(
    ("wanted", "text", "expected"),
    [
        ("ß", "SS", True),
        ("ss", "ß", False),
        ("k", "\u212a", False),
        ("\u212a", "k", True),
        ("É", "é", True),
        ("\u0131", "I", True),
        ("a.b", "AxB", False),
    ],
)
def test_case_is_ignored_letter_by_letter(wanted, text, expected):
    assert matches({"name": [{"equals-ignore-case": wanted}]}, {"name": text}) is expected
    assert matches({"name": [{"prefix": {"equals-ignore-case": wanted}}]}, {"name": f"{text}z"}) is expected
    assert matches({"name": [{"suffix": {"equals-ignore-case": wanted}}]}, {"name": f"z{text}"}) is expected
    assert matches({"name": [{"anything-but": {"equals-ignore-case": wanted}}]}, {"name": text}) is not expected


@pytest.mark.parametrize(
    ("network", "text", "expected"),
    [
        ("10.0.0.77/24", "10.0.0.1", True),
        ("10.0.0.0/24", "010.0.0.1", True),
        ("10.0.0.0/24", "::ffff:a00:1", True),
        ("10.0.0.0/24", "::ffff:10.0.0.1", False),
        ("10.0.0.0/24", "10.0.0", False),
        ("10.0.0.0/24", "10.0.0.256", False),
        ("10.0.0.0/24", "a00:ff::", True),
        ("10.0.0.0/24", "a00:1ff::", False),
        ("::/0", "10.0.0.1", True),
        ("2001:db8::/32", "10.0.0.1", False),
    ],
)
def test_addresses_are_compared_digit_by_digit(network, text, expected):
    assert matches({"ip": [{"cidr": network}]}, {"ip": text}) is expected


def test_a_name_with_dots_is_the_same_as_nested_names():
    assert matches({"a": {"b": ["x"]}}, {"a.b": "x"})
    assert matches({"a.b": ["x"]}, {"a": {"b": "x"}})
    assert matches({"a": {"b": ["x"]}}, {"a.b": "y", "a": {"b": "x"}})
    assert matches({"a": {"b": [{"exists": False}]}}, {"a": 1})
    assert not matches({"a": {"b": [{"exists": False}]}}, {"a.b": "y"})
    assert matches({"a": {"b": ["x"], "c": ["y"]}}, {"a": [{"b": "x"}], "a.c": "y"})


def test_a_number_of_thousands_of_digits_raises_nothing():
    for huge in (10**5_000, {"numeric": [">", -(10**5_000)]}, {"anything-but": [10**5_000]}, float("inf")):
        assert mistakes({"a": [huge]}) == ["a number here is infinite, or has hundreds of digits"]
    for item in (5, {"cidr": "::/0"}, {"numeric": [">", 1]}, {"anything-but": 5}, {"prefix": "1"}):
        parsed = parse_pattern({"a": [item]})
        fulfils(Readings({"a": 10**5_000}).exact, parsed.branches)
        fulfils(Readings({"a": [10**5_000, 1e308]}).exact, parsed.branches)


def test_a_number_that_no_double_holds_counts_as_it_is_written():
    assert matches({"a": [2**63]}, {"a": 2**63})
    assert not matches({"a": [2**63]}, {"a": float(2**63)})
    assert not matches({"a": [{"numeric": [">", 5]}]}, {"a": 2**63})


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a*c", "abc", True),
        ("a*c", "ac", True),
        ("a*c", "abcd", False),
        ("*", "", True),
        ("*a", "a", True),
        ("a*a", "a", False),
        ("a\\*c", "a*c", True),
        ("a\\*c", "abc", False),
        ("a\\\\*", "a\\b", True),
        ("*b*d*", "abcde", True),
        ("*d*b*", "abcde", False),
    ],
)
def test_wildcard(pattern, text, expected):
    assert matches({"name": [{"wildcard": pattern}]}, {"name": text}) is expected


def test_a_wildcard_of_many_stars_stays_linear():
    pattern = {"name": [{"wildcard": "*a" * 50 + "*b"}]}
    assert not matches(pattern, {"name": "a" * 100_000})


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ({}, "an empty pattern would match every call"),
        ({"a": {}}, "an empty pattern would match every call"),
        ({"a": []}, "a has an empty list"),
        ({"a": "x"}, "a needs a list of values: write [x]"),
        ({"a": [{"prefix": 1}]}, "prefix needs a text"),
        ({"a": [{"prefix": {"suffix": "x"}}]}, "inside prefix only equals-ignore-case"),
        ({"a": [{"prefix": "x", "suffix": "y"}]}, "exactly one word"),
        ({"a": [{"like": "x"}]}, 'unknown matcher "like"'),
        ({"a": [[1]]}, "not a list"),
        ({"a": [{"numeric": ["<", 5, ">", 0]}]}, "the lower bound stands first"),
        ({"a": [{"numeric": [">", 5, "<", 5]}]}, "no number lies between"),
        ({"a": [{"numeric": ["~", 5]}]}, "is no comparison"),
        ({"a": [{"numeric": [">", "5"]}]}, "compares with a number"),
        ({"a": [{"numeric": [">", 6e9]}]}, "from -5.0e9 to 5.0e9"),
        ({"a": [{"cidr": "10.0.0.0"}]}, "write it without cidr"),
        ({"a": [{"cidr": "10.0.0.0/32"}]}, 'write "10.0.0.0" without it'),
        ({"a": [{"cidr": "10.0.0.0/33"}]}, "a number up to 31"),
        ({"a": [{"cidr": "10.0.0/8"}]}, "is no IPv4 or IPv6 network"),
        ({"a": [{"wildcard": "a**b"}]}, "two stars in a row"),
        ({"a": [{"wildcard": "a\\b"}]}, "stands before * or \\ only"),
        ({"a": [{"anything-but": []}]}, "texts only, or numbers only"),
        ({"a": [{"anything-but": ["x", 1]}]}, "texts only, or numbers only"),
        ({"a": [{"anything-but": {"cidr": "10.0.0.0/8"}}]}, "inside anything-but"),
        ({"a": [{"exists": "yes"}]}, "true or false"),
        ({"$or": [{"a": ["x"]}]}, "at least two patterns"),
        ({"$or": [{"prefix": ["x"]}, {"a": ["x"]}]}, '"prefix" is a matcher'),
        ({"a": ["x"], "$or": [{"a": ["y"]}, {"b": ["z"]}]}, "a is already asked for beside this $or"),
        ({"a": {"b": ["x"]}, "a.b": ["y"]}, "a.b is already asked for; a field may stand once"),
        ({"$or": [{"a": {"exists": ["x"]}}, {"b": ["x"]}]}, '"exists" is a matcher'),
        ({"$or": [{"a": {"regex": ["x"]}}, {"b": ["x"]}]}, '"regex" is a word of EventBridge'),
        ({"a": [{"anything-but": {"prefix": ["x", ""]}}]}, "the prefix is empty"),
        ({"a": [{"anything-but": [2**63]}]}, "it has too many digits"),
        ({"a": {"": ["x"]}}, "a field has no name here"),
        ({f"f{n}": {"$or": [{"a": ["x"]}, {"b": ["x"]}]} for n in range(11)}, "more than 1000 combinations"),
    ],
)
def test_a_wrong_pattern_is_explained(pattern, said):
    assert said in " ".join(mistakes(pattern))


def test_every_mistake_of_a_pattern_is_reported():
    assert len(mistakes({"a": "x", "b": [{"like": 1}, {"cidr": "x"}], "$or": []})) == 4
