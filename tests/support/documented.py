"""Documented: the examples of AWS's own pages on event patterns and of Event Ruler's, and their neighbours.

Sources: "Comparison operators for use in event patterns" of the EventBridge user guide; Event Ruler's README.
"""

from typing import Any

EVENT: dict[str, Any] = {
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

MATCHING: list[tuple[str, list[Any]]] = [
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
]
"""Fields of the event's detail, and alternatives of which one holds."""

NOT_MATCHING: list[tuple[str, list[Any]]] = [
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
    ("FilePath", [{"wildcard": "*/lib"}]),
    ("absent", [{"exists": True}]),
]

OR_PATTERN: dict[str, Any] = {
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

OR_EVENTS: list[tuple[dict[str, Any], bool]] = [
    ({"source": "aws.cloudwatch", "metricName": "CPUUtilization"}, True),
    ({"source": "aws.cloudwatch", "metricType": "MetricType", "namespace": "AWS/EC2", "metricId": 1234}, True),
    ({"source": "aws.cloudwatch", "metricType": "MetricType", "namespace": "AWS/EC2"}, False),
    ({"source": "aws.cloudwatch", "scope": "Service"}, True),
    ({"source": "aws.other", "scope": "Service"}, False),
]

EMPLOYEES = {
    "employees": [
        {"firstName": "Anna", "lastName": "Smith", "ids": ["1", "2"]},
        {"firstName": "John", "lastName": "Doe", "ids": ["3"]},
    ]
}
"""Fields inside one list of objects must match in the same element."""

PAIRS: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    *(({"detail": {field: values}}, EVENT, True) for field, values in MATCHING),
    *(({"detail": {field: values}}, EVENT, False) for field, values in NOT_MATCHING),
    *((OR_PATTERN, event, expected) for event, expected in OR_EVENTS),
    ({"employees": {"firstName": ["Anna"], "lastName": ["Smith"]}}, EMPLOYEES, True),
    ({"employees": {"firstName": ["Anna"], "lastName": ["Doe"]}}, EMPLOYEES, False),
    ({"employees": {"firstName": ["Anna"], "ids": ["2"]}}, EMPLOYEES, True),
    ({"employees": {"firstName": ["Anna"], "ids": ["3"]}}, EMPLOYEES, False),
    ({"detail": {"count": [{"exists": False}]}}, {"detail": {"count": {"c1": 100}}}, True),
    ({"detail": {"count": [{"exists": True}]}}, {"detail": {"count": {"c1": 100}}}, False),
    ({"ip": [{"cidr": "2001:db8::/32"}]}, {"ip": "2001:0db8:0:0::1"}, True),
    ({"ip": ["::1"]}, {"ip": "0:0:0:0:0:0:0:1"}, True),
]
"""A pattern, an event, and whether the one holds for the other."""
