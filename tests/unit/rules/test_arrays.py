"""Arrays in a record: as Event Ruler counts them, and without end for a hostile one."""

from agents.decisions.rules import reading
from tests.support.rules import matches


def employees(*people):
    return {"employees": [{"firstName": first, "lastName": last} for first, last in people]}


def test_any_element_matches():
    assert matches({"tags": ["b"]}, {"tags": ["a", "b"]})
    assert matches({"tags": [{"anything-but": "a"}]}, {"tags": ["a", "b"]})
    assert not matches({"tags": ["c"]}, {"tags": ["a", "b"]})


def test_fields_inside_one_array_match_in_the_same_element():
    pattern = {"employees": {"firstName": ["Anna"], "lastName": ["Doe"]}}
    assert not matches(pattern, employees(("Anna", "Smith"), ("John", "Doe")))
    assert matches(pattern, employees(("Anna", "Smith"), ("Anna", "Doe")))


def test_an_or_beside_an_array_keeps_to_the_same_element():
    pattern = {
        "employees": {"firstName": ["Anna"]},
        "$or": [{"employees": {"lastName": ["Doe"]}}, {"other": ["x"]}],
    }
    assert not matches(pattern, employees(("Anna", "Smith"), ("John", "Doe")))
    assert matches(pattern, employees(("John", "Smith"), ("Anna", "Doe")))


def test_arrays_inside_arrays():
    record = {"items": [{"ranges": [{"ip": "10.0.0.1"}], "port": 22}, {"ranges": [{"ip": "0.0.0.0"}], "port": 80}]}
    assert matches({"items": {"port": [22], "ranges": {"ip": ["10.0.0.1"]}}}, record)
    assert not matches({"items": {"port": [22], "ranges": {"ip": ["0.0.0.0"]}}}, record)
    assert matches({"matrix": [4]}, {"matrix": [[1, 2], [3, 4]]})


def test_an_empty_array_and_an_object_are_as_good_as_missing():
    assert matches({"values": [{"exists": False}]}, {"values": []})
    assert not matches({"values": [{"exists": True}]}, {"values": []})
    assert matches({"values": [{"exists": False}]}, {"values": [{}]})


def test_absence_is_asked_of_the_element_that_matched_before():
    """Event Ruler goes by the order of names: the element taken by `a` is the one that must lack `z`."""
    record = {"list": [{"a": 1}, {"z": 2}]}
    assert matches({"list": {"a": [1], "z": [{"exists": False}]}}, record)
    assert not matches({"list": {"b": [{"exists": False}], "c": [1]}}, {"list": [{"c": 1}, {"b": 2}]})


def test_a_hostile_array_does_not_multiply(monkeypatch):
    looked = []
    accepts = reading._accepts
    monkeypatch.setattr(reading, "_accepts", lambda *asked: looked.append(1) or accepts(*asked))
    width, depth = 3_000, ["a", "b", "c", "d"]
    record = {name: {"items": [{"x": 1, "y": 2}] * width} for name in depth}
    pattern = {name: {"items": {"x": [1], "y": [1]}} for name in depth[:3]} | {"d": {"items": {"x": [2]}}}
    assert not matches(pattern, record)
    assert not matches(
        {"a": {"items": {"x": [1]}}, "b": {"items": {"x": [1]}}, "d": {"items": {"x": [2]}}}, record
    )
    assert len(looked) < 20 * width


def test_deep_nesting_does_not_raise():
    value: object = "x"
    for _ in range(5_000):
        value = [value]
    assert not matches({"a": ["x"]}, {"a": value})
