"""Sigma rules for CloudTrail: what they become, and what cannot be said, named with its line."""

import pytest
import yaml
from click.testing import CliRunner

from agents.cli.rules import rules
from agents.rulebook.book import open_rulebook
from agents.rulebook.cases import run_tests
from agents.rulebook.sigma.condition import alternatives
from agents.rulebook.sigma.convert import convert

HEAD = """\
title: Widget made {from} outside
description: Somebody made a widget.
logsource: {product: aws, service: cloudtrail}
level: high
detection:
""".replace("{from}", "from")


def converted(detection: str):
    return convert("rule.yml", HEAD + detection)


def one(detection: str) -> dict:
    found = converted(detection)
    assert [str(fault) for fault in found.faults] == []
    [rule] = found.rules
    return rule


def test_fields_become_patterns_and_filters_exceptions():
    rule = one("""\
    selection:
        eventSource: quux.amazonaws.com
        eventName: [CreateWidget, CopyWidget]
        requestParameters.name|startswith: prod-
    filter:
        userIdentity.arn|endswith: ':role/ci'
    other:
        sourceIPAddress|cidr: 10.0.0.0/8
        errorCode: null
    condition: selection and not filter and not other
""")
    assert (rule["id"], rule["action"], rule["stage"]) == ("sigma.widget-made-from-outside", "alert", "shadow")
    assert rule["match"] == {
        "eventSource": ["quux.amazonaws.com"],
        "eventName": ["CreateWidget", "CopyWidget"],
        "requestParameters": {"name": [{"prefix": {"equals-ignore-case": "prod-"}}]},
    }
    assert rule["except"] == [
        {"userIdentity": {"arn": [{"suffix": {"equals-ignore-case": ":role/ci"}}]}},
        {"sourceIPAddress": [{"cidr": "10.0.0.0/8"}], "errorCode": [{"exists": False}, None]},
    ]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a", [({"a"}, set())]),
        ("a and b", [({"a", "b"}, set())]),
        ("a or b", [({"a"}, set()), ({"b"}, set())]),
        ("a and not (b or c)", [({"a"}, {"b", "c"})]),
        ("a and not (b and c)", [({"a"}, {"b"}), ({"a"}, {"c"})]),
        ("not (not a or b)", [({"a"}, {"b"})]),
        ("1 of sel*", [({"sel1"}, set()), ({"sel2"}, set())]),
        ("all of sel* and not 1 of them", []),
        ("a and not 1 of sel*", [({"a"}, {"sel1", "sel2"})]),
        ("a AND NOT all OF sel*", [({"a"}, {"sel1"}), ({"a"}, {"sel2"})]),
    ],
)
def test_conditions(condition, expected):
    found = alternatives(condition, ["a", "b", "c", "sel1", "sel2"])
    assert [(set(way.needed), set(way.refused)) for way in found] == expected


def test_alternatives_that_refuse_different_things_are_rules_of_their_own():
    found = converted("""\
    a: {eventName: A}
    b: {eventName: B}
    f: {errorCode|contains: denied}
    condition: a or (b and not f)
""")
    assert [rule["id"][-2:] for rule in found.rules] == ["-1", "-2"]
    assert found.rules[1]["except"] == {"errorCode": [{"wildcard": "*denied*"}]}


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        (
            "    s: {eventName|re: 'a.*'}\n    condition: s\n",
            "6:9: eventName|re has no matcher in the pattern language",
        ),
        (
            "    s:\n        eventName: A\n        a|contains|all: [x, y]\n    condition: s\n",
            "8:9: a|all wants several things of one field, and a pattern takes any of them",
        ),
        ("    s: {a: 'x?y'}\n    condition: s\n", "6:9: a: ? stands for one letter, and a wildcard knows * only"),
        (
            "    s: [x, y]\n    condition: s\n",
            "6:5: a selection of keywords searches the whole record, and a rule names its fields",
        ),
        (
            "    s: {a: x}\n    condition: s | count() > 5\n",
            "7:5: the condition counts over time: write when: {count: {min: 5, within_s: 600}}",
        ),
        (
            "    s: {a: x}\n    timeframe: 5m\n    condition: s\n",
            "7:5: this counts over time: write when: {count: {min: 5, within_s: 600}}",
        ),
        ("    s: {a: x}\n    condition: s and t\n", '7:5: the condition names "t", which is no selection'),
        (
            "    s: {a: x}\n    condition: not s\n",
            "7:5: the condition says only what must not be, and a rule says what must",
        ),
        (
            "    s: {a: x}\n    t: {a: y}\n    condition: s and t\n",
            "8:5: a is asked for two things at once, and a field of a pattern stands once",
        ),
    ],
)
def test_what_cannot_be_said_is_named_with_its_line(detection, expected):
    found = converted(detection)
    assert found.rules == []
    assert [str(fault) for fault in found.faults] == [f"rule.yml:{expected} [CS-R070]"]


def test_every_line_that_cannot_be_said_is_named():
    found = converted("    s:\n        a|re: x\n        b|re: x\n        c: '?'\n    condition: s\n")
    assert [fault.line for fault in found.faults] == [7, 8, 9]


def test_a_rule_for_other_logs_is_left_out():
    found = convert("rule.yml", HEAD.replace("cloudtrail", "guardduty") + "    s: {a: x}\n    condition: s\n")
    assert [str(fault) for fault in found.faults] == [
        "rule.yml:3:1: this rule is not about aws cloudtrail [CS-R070]"
    ]


def test_what_is_imported_loads_and_passes_its_tests(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    good = "    s: {eventSource: quux.amazonaws.com, eventName: A, x.y: [5, 'b*c']}\n    condition: s\n"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.yml").write_text(HEAD + good)
    (tmp_path / "in" / "bad.yml").write_text(HEAD + "    s: {a|re: x}\n    condition: s\n")
    done = CliRunner().invoke(rules, ["import", "sigma", "in", "--to", "rules/sigma.yaml"])
    assert done.exit_code == 1
    assert "in/bad.yml:6:9:" in done.stderr
    book = open_rulebook([tmp_path / "rules"])
    assert not book.faults
    assert [draft.rule.id for draft in book.own] == ["sigma.widget-made-from-outside"]
    assert all(result.passed for result in run_tests(book.ruleset.rules, book.tests))
    [written] = yaml.safe_load_all((tmp_path / "rules" / "sigma.yaml").read_text())
    assert written["match"]["x"]["y"] == [5, "5", {"wildcard": "b*c"}]
