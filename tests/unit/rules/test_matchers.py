"""Each matcher of the pattern language, with AWS's own examples where it documents one."""

import pytest

from tests.support.rules import matches, mistakes

EVENT = {
    "eventName": "EC2 Instance State-change Notification",
    "detail": {
        "c-count": 5,
        "d-count": 3,
        "x-limit": 301.8,
        "source-ip": "10.0.0.33",
        "instance-id": "i-000000aaaaaa00000",
        "state": "running",
        "Region": "eu-west-1",
        "FileName": "photo.png",
        "FilePath": "/usr/lib/a.so",
        "Name": "Alice",
        "LastName": "",
        "UserID": None,
        "ok": True,
    },
}


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("state", ["initializing", "running"]),
        ("state", [{"anything-but": "initializing"}]),
        ("state", [{"anything-but": ["stopped", "overloaded"]}]),
        ("state", [{"anything-but": {"prefix": "init"}}]),
        ("state", [{"anything-but": {"equals-ignore-case": "INITIALIZING"}}]),
        ("state", [{"anything-but": {"equals-ignore-case": ["initializing", "stopped"]}}]),
        ("x-limit", [{"anything-but": [100, 200, 300]}]),
        ("x-limit", [{"anything-but": 123}]),
        ("Region", [{"anything-but": {"prefix": "us-"}}]),
        ("Region", [{"prefix": "eu-"}]),
        ("Region", [{"prefix": {"equals-ignore-case": "EU-"}}]),
        ("FileName", [{"suffix": ".png"}]),
        ("FileName", [{"suffix": {"equals-ignore-case": ".PNG"}}]),
        ("FileName", [{"anything-but": {"suffix": ".jpg"}}]),
        ("FileName", [{"anything-but": {"suffix": [".jpg", ".txt"]}}]),
        ("FilePath", [{"wildcard": "/usr/*/a.so"}]),
        ("FilePath", [{"wildcard": "*/lib/*"}]),
        ("FilePath", [{"anything-but": {"wildcard": "*/bin/*"}}]),
        ("Name", [{"equals-ignore-case": "alice"}]),
        ("LastName", [""]),
        ("UserID", [None]),
        ("ok", [True]),
        ("c-count", [{"numeric": [">", 0, "<=", 5]}]),
        ("d-count", [{"numeric": ["<", 10]}]),
        ("x-limit", [{"numeric": ["=", 3.018e2]}]),
        ("x-limit", [301.8]),
        ("c-count", [5.0]),
        ("source-ip", [{"cidr": "10.0.0.0/24"}]),
        ("c-count", [{"exists": True}]),
        ("UserID", [{"exists": True}]),
        ("absent", [{"exists": False}]),
        ("absent", ["x", {"exists": False}]),
    ],
)
def test_matches_as_aws_documents(field, values):
    assert matches({"detail": {field: values}}, EVENT)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("state", ["Running"]),
        ("state", [{"prefix": "Run"}]),
        ("state", [{"anything-but": "running"}]),
        ("state", [{"anything-but": {"wildcard": "run*"}}]),
        ("absent", [{"anything-but": "running"}]),
        ("LastName", [None]),
        ("UserID", [""]),
        ("UserID", [{"exists": False}]),
        ("ok", [1]),
        ("ok", ["true"]),
        ("c-count", ["5"]),
        ("c-count", [{"prefix": "5"}]),
        ("c-count", [{"numeric": [">", 5]}]),
        ("ok", [{"numeric": ["=", 1]}]),
        ("state", [{"numeric": ["=", 1]}]),
        ("source-ip", [{"cidr": "10.0.1.0/24"}]),
        ("source-ip", [{"cidr": "2001:db8::/32"}]),
        ("state", [{"cidr": "10.0.0.0/8"}]),
        ("c-count", [{"cidr": "0.0.0.0/0"}]),
        ("FilePath", [{"wildcard": "*/lib"}]),
        ("absent", [{"exists": True}]),
    ],
)
def test_does_not_match_as_aws_documents(field, values):
    assert not matches({"detail": {field: values}}, EVENT)


def test_exists_works_on_leaves_only():
    record = {"detail": {"count": {"c1": 100}}}
    assert matches({"detail": {"count": [{"exists": False}]}}, record)
    assert not matches({"detail": {"count": [{"exists": True}]}}, record)


def test_cidr_matches_ipv6_and_an_address_matches_its_other_spelling():
    assert matches({"ip": [{"cidr": "2001:db8::/32"}]}, {"ip": "2001:0db8:0:0::1"})
    assert matches({"ip": ["::1"]}, {"ip": "0:0:0:0:0:0:0:1"})


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
    ("record", "expected"),
    [
        ({"source": "aws.cloudwatch", "metricName": "CPUUtilization"}, True),
        ({"source": "aws.cloudwatch", "metricType": "MetricType", "namespace": "AWS/EC2", "metricId": 1234}, True),
        ({"source": "aws.cloudwatch", "metricType": "MetricType", "namespace": "AWS/EC2"}, False),
        ({"source": "aws.cloudwatch", "scope": "Service"}, True),
        ({"source": "aws.other", "scope": "Service"}, False),
    ],
)
def test_or_as_event_ruler_documents(record, expected):
    pattern = {
        "source": ["aws.cloudwatch"],
        "$or": [
            {"metricName": ["CPUUtilization", "ReadLatency"]},
            {
                "metricType": ["MetricType"],
                "namespace": ["AWS/EC2", "AWS/ES"],
                "$or": [{"metricId": [1234]}, {"spaceId": [1000]}],
            },
            {"scope": ["Service"]},
        ],
    }
    assert matches(pattern, record) is expected


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
        ({"a": [{"cidr": "10.0.0.0"}]}, "is no network"),
        ({"a": [{"cidr": "10.0.0.0/33"}]}, "is no IPv4 or IPv6 network"),
        ({"a": [{"wildcard": "a**b"}]}, "two stars in a row"),
        ({"a": [{"wildcard": "a\\b"}]}, "stands before * or \\ only"),
        ({"a": [{"anything-but": []}]}, "texts only, or numbers only"),
        ({"a": [{"anything-but": ["x", 1]}]}, "texts only, or numbers only"),
        ({"a": [{"anything-but": {"cidr": "10.0.0.0/8"}}]}, "inside anything-but"),
        ({"a": [{"exists": "yes"}]}, "true or false"),
        ({"$or": [{"a": ["x"]}]}, "at least two patterns"),
        ({"$or": [{"prefix": ["x"]}, {"a": ["x"]}]}, '"prefix" is a matcher'),
        ({"a": ["x"], "$or": [{"a": ["y"]}, {"b": ["z"]}]}, "a is already asked for"),
        ({f"f{n}": {"$or": [{"a": ["x"]}, {"b": ["x"]}]} for n in range(11)}, "more than 1000 combinations"),
    ],
)
def test_a_wrong_pattern_is_explained(pattern, said):
    assert said in " ".join(mistakes(pattern))


def test_every_mistake_of_a_pattern_is_reported():
    assert len(mistakes({"a": "x", "b": [{"like": 1}, {"cidr": "x"}], "$or": []})) == 4
