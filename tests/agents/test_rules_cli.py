"""The verb `rules`: what it prints, and its exit codes."""

import json

import pytest
from click.testing import CliRunner

from agents.cli.rules import rules

RULE = """\
id: team.rule
title: A rule
action: alert
match: {eventSource: [iam.amazonaws.com], eventName: [CreateUser]}
because: it matters
tests:
  - {name: fires, event: {eventSource: iam.amazonaws.com, eventName: CreateUser}, expect: alert}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with one good rule in rules/, as `countersign init` leaves it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "team.yaml").write_text(RULE)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(rules, arguments)


def test_good_rules_are_counted(folder):
    result = run("check")
    assert result.exit_code == 0
    assert "no faults" in result.stderr


def test_all_faults_are_printed_and_the_exit_code_says_so(folder):
    (folder / "rules" / "team.yaml").write_text(RULE.replace("alert", "alrt").replace("because", "becuase"))
    result = run("check")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[:2] == [
        "rules/team.yaml:1:1: the rule has no because: say in one line why such a call matters [CS-R006]",
        'rules/team.yaml:3:9: unknown action "alrt": did you mean "alert"? (log, notify, alert) [CS-R012]',
    ]


def test_explain_tells_of_rules_that_did_not_load(folder):
    (folder / "rules" / "broken.yaml").write_text(RULE.replace("alert", "alrt"))
    (folder / "call.json").write_text(
        json.dumps({"eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "eventID": "e"})
    )
    result = run("explain", "call.json")
    assert result.exit_code == 1
    assert 'rules/broken.yaml:3:9: unknown action "alrt"' in result.stderr


def test_faults_as_data(folder):
    (folder / "rules" / "team.yaml").write_text(RULE.replace("action: alert", "action: alrt"))
    result = run("check", "-o", "ndjson")
    assert result.exit_code == 1
    [fault] = [json.loads(line) for line in result.stdout.splitlines()]
    assert (fault["file"], fault["line"], fault["column"], fault["code"]) == ("rules/team.yaml", 3, 9, "CS-R012")


def test_tests_pass(folder):
    result = run("test")
    assert result.exit_code == 0
    assert "tests passed" in result.stderr


def test_a_failing_test_has_its_line(folder):
    (folder / "rules" / "team.yaml").write_text(RULE.replace("expect: alert", "expect: none"))
    result = run("test", "--rule", "team.rule")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        'rules/team.yaml:7:5: team.rule: test "fires" expects none, the rule gives alert [CS-R052]',
        "0 of 1 test passed; rules tested: 1",
    ]


def test_rules_are_listed_as_a_table_and_as_data(folder):
    table = run("list", "rules").stdout
    assert table.startswith("ID ")
    assert "rules/team.yaml:1" in table
    rows = {row["id"]: row for row in json.loads(run("list", "-o", "json").stdout)}
    assert rows["team.rule"]["action"] == "alert"
    assert rows["countersign.guard.trail-stopped"]["guard"] is True


def test_one_rule_is_shown_in_full(folder):
    shown = json.loads(run("show", "team.rule").stdout)
    assert shown["match"] == [{"eventSource": ["iam.amazonaws.com"], "eventName": ["CreateUser"]}]
    assert shown["tests"] == ["fires"]


def test_an_unknown_rule_is_answered_with_the_nearest(folder):
    result = run("show", "team.rul")
    assert result.exit_code == 1
    assert 'did you mean "team.rule"?' in result.output


def test_the_configuration_names_the_files(folder):
    (folder / "countersign.toml").write_text('[rules]\npaths = ["other/"]\n')
    (folder / "other").mkdir()
    (folder / "other" / "a.yml").write_text(RULE.replace("team.rule", "other.rule"))
    listed = run("list").stdout
    assert "other.rule" in listed
    assert "team.rule" not in listed


def test_patterns_are_exported_as_json(folder):
    patterns = json.loads(run("export-pattern").stdout)
    named = [name for pattern in patterns for name in pattern["detail"].get("eventName", [])]
    assert {"CreateUser", "StopLogging", "AssumeRole"} <= {name for name in named if isinstance(name, str)}


def test_each_printed_pattern_can_be_pasted_as_it_is(folder):
    lines = run("export-pattern", "-o", "ndjson").stdout.splitlines()
    assert all(len(line) <= 2048 for line in lines)
    listed = run("export-pattern").stdout
    assert [json.loads(line) for line in lines] == json.loads(listed)
    assert listed.splitlines()[1].removesuffix(",") == lines[0]


def test_no_pattern_is_exported_from_faulty_rules(folder):
    (folder / "rules" / "team.yaml").write_text(RULE.replace("match:", "mach:"))
    result = run("export-pattern")
    assert result.exit_code == 1
    assert result.stdout == ""
