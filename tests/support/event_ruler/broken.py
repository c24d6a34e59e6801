"""Broken: patterns that are nearly right, each with one node exchanged for something else, out of a seed."""

import copy
import random
from typing import Any

from tests.support.event_ruler.pairs import Pairs

# A page of one value a line says less.
# fmt: off
SCALARS = (
    None, True, False, 0, 5, 5000000001, 2**63, 1.5, "", "x", "*", "**", "a\\", "\\x", "10.0.0.0", "/24", "=",
    ">",
)
LISTS = (
    [], [[]], [{}], [None], [True], ["a", 1], [2**63], [""], ["**"], ["a", None], [{"a": 1}], [["a"]], ["\\b"],
)
BOUNDS = (
    [">"], [">", "1"], [1, ">"], [">", 1, "<"], [">", 2, "<", 1], [">", 1, ">", 2], ["<", 1, ">", 0],
    ["=", 1, "<", 2], [">", 1, "<", 1], [">=", 1, "<=", 1], ["=", "1"], ["==", 1], ["<", 5000000001],
    [">", 0, "<=", 5, "<", 6], [">", None], ["=", 2**63], "=", 1, {"=": 1},
)
NETWORKS = (
    "10.0.0.0", "10.0.0.0/32", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "10.0.0.0/", "/8", "10.0.0/8",
    "256.0.0.0/8", "10.0.0.0/8/9", "::/128", "::/129", "::1", ":::/64", "2001:db8::/127", "::ffff:10.0.0.0/104",
    "::ffff:a00:0/120", "::ffff:a00:0/24", "10.0.0.0/08", "10.0.0.0/ 8", "10.0.0.0/+8", "fe80::%eth0/64", "", 10,
    None, ["10.0.0.0/8"],
)
MATCHERS = (
    {}, {"prefix": "a", "suffix": "b"}, {"prefx": "a"}, {"Prefix": "a"}, {"exists": "true"}, {"exists": None},
    {"exists": 1}, {"prefix": None}, {"prefix": 1}, {"prefix": ["a"]}, {"prefix": {}},
    {"prefix": {"prefix": "a"}}, {"prefix": {"equals-ignore-case": 1}}, {"prefix": {"equals-ignore-case": ["a"]}},
    {"suffix": {"anything-but": "a"}}, {"suffix": {"equals-ignore-case": "a", "prefix": "b"}},
    {"equals-ignore-case": ["a"]}, {"equals-ignore-case": {}}, {"anything-but": None}, {"anything-but": True},
    {"anything-but": {}}, {"anything-but": {"exists": True}}, {"anything-but": {"numeric": [">", 1]}},
    {"anything-but": {"cidr": "10.0.0.0/8"}}, {"anything-but": {"prefix": 1}}, {"anything-but": {"prefix": ""}},
    {"anything-but": {"suffix": ["a", ""]}}, {"anything-but": {"prefix": None}},
    {"anything-but": {"prefix": {"equals-ignore-case": "a"}}}, {"anything-but": {"equals-ignore-case": [1]}},
    {"anything-but": {"prefix": "a", "suffix": "b"}}, {"anything-but": {"wildcard": "a**"}},
    {"anything-but": {"wildcard": ["a*", "b\\"]}}, {"anything-but": {"wildcard": 1}}, {"wildcard": None},
    {"wildcard": ["*"]}, {"wildcard": "a\\"}, {"wildcard": "\\a"}, {"wildcard": "**"}, {"wildcard": "*\\**"},
    {"wildcard": "\\\\\\"}, {"wildcard": "a*\\\\*b"}, {"cidr": {}}, {"exactly": "a"}, {"$or": ["a"]}, {"": "a"},
)
ORS = (
    [], {}, None, "x", [{}], [{"a": [1]}], [{"a": [1]}, {}], [{"a": [1]}, 1], [{"a": [1]}, [{"b": [1]}]], [1, 2],
    [{"prefix": ["a"]}, {"b": [1]}], [{"a": {"prefix": ["a"]}}, {"b": [1]}], [{"regex": ["a"]}, {"b": [1]}],
    [{"=": {"a": [1]}}, {"b": [1]}], [{"date-after": [1]}, {"b": [1]}], [{"numeric": {"a": [1]}}, {"b": [1]}],
    [{"exists": [True]}, {"b": [1]}], [{"a": [1]}, {"a": [2]}], [{"a": []}, {"b": [1]}], [{"a": 1}, {"b": [1]}],
    [{"$or": [{"a": [1]}, {"b": [1]}]}, {"c": [1]}], [{"$or": [{"a": [1]}]}, {"c": [1]}],
)
# fmt: on


class Broken:
    """Patterns that may be wrong, out of one seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._pairs = Pairs(seed)

    def pattern(self) -> Any:
        """A pattern with one node exchanged, or with a field or an `$or` too many."""
        pattern, _ = self._pairs.pair()
        kind = self._random.random()
        if kind < 0.25:
            pattern["$or"] = copy.deepcopy(self._random.choice(ORS))
        elif kind < 0.35:
            pattern[self._random.choice(("a", "a.b", "c"))] = self._junk()
        else:
            holder, key = self._random.choice(list(_nodes(pattern)))
            holder[key] = self._instead_of(key, holder)
        return pattern

    def _instead_of(self, key: Any, holder: Any) -> Any:
        if key == "numeric" and isinstance(holder[key], list):
            return copy.deepcopy(self._random.choice(BOUNDS))
        if key == "cidr":
            return copy.deepcopy(self._random.choice(NETWORKS))
        return self._junk()

    def _junk(self) -> Any:
        kind = self._random.random()
        if kind < 0.3:
            return self._random.choice(SCALARS)
        if kind < 0.5:
            return copy.deepcopy(self._random.choice(LISTS))
        matcher = copy.deepcopy(self._random.choice(MATCHERS))
        return matcher if self._random.random() < 0.4 else [matcher]


def _nodes(value: Any) -> Any:
    """Every place in a pattern, as what holds it and its key there."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        yield from _nodes(inner)
