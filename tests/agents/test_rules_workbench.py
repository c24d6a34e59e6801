"""The workbench: a rule made, explained, checked for other programs and exported."""

import json

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from agents.cli.rules import rules
from agents.decisions.rules.reading import Readings
from agents.decisions.rules.rule import fired
from agents.decisions.rules.when import CallContext
from agents.rulebook.book import open_rulebook
from agents.rulebook.export import MAX_CHARACTERS, export_patterns
from agents.rulebook.files import pack_files
from agents.rulebook.schema import rule_schema
from agents.rulebook.skeleton import BECAUSE
from streams.embedded.location import parse_location
from streams.embedded.writer import LogWriter
from streams.topics import plan
from tests.support.rules import matches, mistakes, rule

RULE = """\
id: team.rule
title: A rule
action: alert
match: {eventSource: [iam.amazonaws.com], eventName: [CreateUser], userIdentity: {type: [Root]}}
because: it matters
tests:
  - name: fires
    event: {eventSource: iam.amazonaws.com, eventName: CreateUser, userIdentity: {type: Root}}
    expect: alert
"""
CALL = {
    "eventVersion": "1.11",
    "eventID": "e1",
    "eventSource": "iam.amazonaws.com",
    "eventName": "CreateUser",
    "userIdentity": {"type": "IAMUser", "userName": "ada"},
    "requestParameters": {"userName": "x"},
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "team.yaml").write_text(RULE)
    (tmp_path / "call.json").write_text(json.dumps(CALL))
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(rules, arguments)


def test_sarif_names_each_fault_with_its_place_and_its_level(folder):
    (folder / "rules" / "bad rule.yaml").write_text(
        RULE.replace("alert", "alrt", 1).replace("team.rule", "team.b")
    )
    found = run("check", "-o", "sarif")
    assert found.exit_code == 1
    [log] = json.loads(found.stdout)["runs"]
    known = {one["id"] for one in log["tool"]["driver"]["rules"]}
    error, warning = log["results"]
    assert (error["ruleId"], error["level"]) == ("CS-R012", "error")
    assert error["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "rules/bad%20rule.yaml"},
                "region": {"startLine": 3, "startColumn": 9},
            }
        }
    ]
    assert (warning["ruleId"], warning["level"]) == ("CS-R063", "warning")
    assert {error["ruleId"], warning["ruleId"]} <= known


def test_github_shows_a_fault_at_its_line(folder):
    (folder / "rules" / "team.yaml").write_text(RULE.replace("title: A rule", 'title: ""'))
    found = run("check", "-o", "github")
    assert found.stdout.splitlines() == [
        "::error file=rules/team.yaml,line=2,col=8,title=CS-R007::title is empty",
    ]


def test_a_line_of_github_cannot_be_broken(folder):
    (folder / "rules" / "team.yaml").write_text(RULE.replace("action: alert", 'action: "50%\\n::error::x"'))
    [line] = run("check", "-o", "github").stdout.splitlines()
    assert "50%25%0A::error::x" in line


def test_warnings_count_only_when_they_are_to(folder):
    assert run("check").exit_code == 0
    assert "1 warning" in run("check").stderr
    assert run("check", "--strict").exit_code == 1


def test_every_rule_of_the_pack_fits_the_schema():
    validator = jsonschema.Draft202012Validator(rule_schema())
    jsonschema.Draft202012Validator.check_schema(rule_schema())
    documents = [one for file in pack_files() for one in yaml.safe_load_all(file.path.read_text()) if one]
    assert len(documents) > 100
    assert [(one["id"], str(fault)) for one in documents for fault in validator.iter_errors(one)] == []


@pytest.mark.parametrize(
    "change",
    [
        {"action": "notfy"},
        {"stage": "shaddow"},
        {"becuase": "x"},
        {"match": {"eventName": "CreateUser"}},
        {"match": {"eventName": [{"prefx": "a"}]}},
        {"match": {"eventName": [{"prefix": "a", "suffix": "b"}]}},
        {"match": {"$or": [{"eventName": ["a"]}]}},
        {"when": {"count": {"min": 5}}},
        {"when": {"agee_s": {"min": 1}}},
        {"tests": []},
        {"id": "Team Rule"},
    ],
)
def test_the_schema_marks_what_is_no_rule(change):
    good = yaml.safe_load(RULE)
    validator = jsonschema.Draft202012Validator(rule_schema())
    assert validator.is_valid(good)
    assert not validator.is_valid(good | change)


def fires(draft, record):
    return fired(draft.rule, Readings(record), CallContext()) is not None


@pytest.mark.parametrize("error", [None, "AccessDenied", "200"])
def test_a_new_rule_passes_check_and_its_own_tests(folder, error):
    record = CALL | {"eventName": "CreateWidget"} | ({"errorCode": error} if error else {})
    (folder / "call.json").write_text(json.dumps(record))
    for source in ("quux:CreateWidget", "quux.amazonaws.com:CreateWidget", "call.json"):
        file = folder / "rules" / "new.yaml"
        assert run("new", "team.new", source, "--to", str(file)).exit_code == 0
        assert run("test", str(file), "--rule", "team.new").exit_code == 0
        file.write_text(file.read_text().replace(BECAUSE, "widgets cost money"))
        assert run("check", "--strict", str(file)).exit_code == 0, run("check", str(file)).stderr
        book = open_rulebook([file])
        assert [(draft.rule.id, draft.rule.shadow) for draft in book.own] == [("team.new", True)]
        if source == "call.json":
            assert fires(book.own[0], record)
        file.unlink()


def test_a_rule_from_a_call_that_failed_is_about_such_attempts_and_says_so(folder):
    failed = CALL | {"eventName": "CreateWidget", "errorCode": "AccessDenied"}
    (folder / "call.json").write_text(json.dumps(failed))
    made = run("new", "team.new", "call.json", "--to", "rules/new.yaml")
    assert "the recorded call failed (AccessDenied): the rule is about calls that fail so" in made.stderr
    [draft] = open_rulebook([folder / "rules" / "new.yaml"]).own
    assert fires(draft, failed)
    assert not fires(draft, {key: value for key, value in failed.items() if key != "errorCode"})


def test_a_reason_that_nobody_wrote_is_refused_at_its_line(folder):
    run("new", "team.new", "quux:CreateWidget", "--to", "rules/new.yaml")
    found = run("check", "rules/new.yaml")
    assert found.exit_code == 1
    assert found.stderr.startswith("rules/new.yaml:9:10: because is still what `rules new` wrote: say in one line")
    assert "[CS-R018]" in found.stderr


@pytest.mark.parametrize(
    ("rule_id", "told"),
    [
        ("countersign.guard.mine", 'take one like "team.mine"'),
        ("countersign.iam.access-key-created", "agents/pack/iam-people.yaml:"),
        ("team.rule", 'take another, like "team.rule-2"'),
    ],
)
def test_a_new_rule_takes_no_id_that_is_taken(folder, rule_id, told):
    made = run("new", rule_id, "iam:CreateUser", "--to", "rules/new.yaml")
    assert (made.exit_code, told in " ".join(made.output.replace("│", " ").split())) == (2, True), made.output
    assert not (folder / "rules" / "new.yaml").exists()


def test_a_new_rule_overwrites_nothing_and_says_what_it_needs(folder):
    assert run("new", "team.new", "iam:CreateUser", "--to", "rules/team.yaml").exit_code == 1
    assert (folder / "rules" / "team.yaml").read_text() == RULE
    wrong = run("new", "team.new", "CreateUser")
    assert (wrong.exit_code, "is no file and no call" in wrong.output) == (2, True)
    assert "is no id" in run("new", "Team New", "iam:CreateUser").output


def test_near_misses_are_explained_condition_by_condition(folder):
    rows = {row["rule"]: row for row in json.loads(run("explain", "call.json", "-o", "json").stdout)}
    assert rows["countersign.iam.user-created"]["result"] == "notify"
    miss = rows["team.rule"]
    assert (miss["result"], miss["why"]) == ("near miss", 'userIdentity.type is "IAMUser", wanted "Root"')
    assert "countersign.guard.trail-stopped" not in rows


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("except: {userIdentity: {userName: [ada]}}\n", "except excuses it"),
        ("when: {count: {min: 5, within_s: 60}}\n", "when.count does not hold"),
        ("when: {parameter_count: {min: 2}, age_s: {max: 5}}\n", "when.parameter_count does not hold"),
    ],
)
def test_near_misses_of_exceptions_and_conditions(folder, more, why):
    (folder / "rules" / "team.yaml").write_text(RULE.replace(", userIdentity: {type: [Root]}}", "}") + more)
    rows = {row["rule"]: row for row in json.loads(run("explain", "call.json", "-o", "json").stdout)}
    assert (rows["team.rule"]["result"], rows["team.rule"]["why"]) == ("near miss", why)


def test_a_call_that_no_rule_is_about_says_so(folder):
    (folder / "call.json").write_text(json.dumps(CALL | {"eventSource": "x.amazonaws.com", "eventName": "Y"}))
    [row] = json.loads(run("explain", "call.json", "-o", "json").stdout)
    assert (row["result"], row["why"]) == ("none", "no rule is about this call")


def test_show_tells_stage_and_conditions(folder):
    (folder / "rules" / "team.yaml").write_text(RULE + "stage: shadow\nwhen: {age_s: {max: 60}}\n")
    shown = json.loads(run("show", "team.rule").stdout)
    assert (shown["stage"], shown["when"]) == ("shadow", {"age_s": {"max": 60}})


def test_log_rules_are_exported_when_asked_for(folder):
    text = RULE.replace("action: alert", "action: log").replace("expect: alert", "expect: log")
    (folder / "rules" / "team.yaml").write_text(text.replace("CreateUser", "ListWidgets"))
    assert "ListWidgets" not in run("export-pattern").stdout
    assert "ListWidgets" in run("export-pattern", "--log").stdout


def test_a_pattern_beyond_the_limit_is_split_and_still_matches_everything():
    arns = [f"arn:aws:iam::111122223333:role/a-role-with-a-long-name-{number}" for number in range(100)]
    wanted = {"userIdentity": {"arn": arns}, "eventSource": ["sts.amazonaws.com"]}
    either = {"$or": [{"userAgent": [{"prefix": f"{arn}x"}]} for arn in arns]}
    found = export_patterns([rule(wanted, patterns=[wanted]), rule(either, patterns=[either])])
    assert all(len(json.dumps(one, separators=(",", ":"))) <= MAX_CHARACTERS for one in found)
    assert not any(mistakes(one) for one in found)
    for arn in arns:
        for detail in (
            {"userIdentity": {"arn": arn}, "eventSource": "sts.amazonaws.com"},
            {"userAgent": f"{arn}xy"},
        ):
            event = {"detail-type": "AWS API Call via CloudTrail", "detail": detail}
            assert any(matches(one, event) for one in found)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (None, "nothing was found in recordings: in folders .json"),
        ("", "1 of 1 is no call: `countersign explain recordings` says what each is"),
        ('{"a": 1}', "1 of 1 is no call: `countersign explain recordings` says what each is"),
    ],
)
def test_explain_is_not_silent_about_a_recording_without_a_call(folder, body, told):
    (folder / "recordings").mkdir()
    if body is not None:
        (folder / "recordings" / "a.json").write_text(body)
    shown = run("explain", "recordings", "-o", "ndjson")
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert told in shown.stderr


def test_a_test_run_says_at_its_end_what_it_could_not_test(folder):
    (folder / "rules" / "bad.yaml").write_text(RULE.replace("alert", "alrt", 1).replace("team.rule", "team.b"))
    shown = run("test")
    assert shown.exit_code == 1
    assert shown.stderr.splitlines()[-1].endswith("; what has a fault was not tested: 1 fault")
    alone = run("test", "--rule", "team.b")
    assert alone.stderr.splitlines()[0].startswith('rules/bad.yaml:3:9: unknown action "alrt"')


def test_a_report_of_nothing_says_so_beside_the_data(folder):
    log = LogWriter.open(parse_location(f"sqlite:///{folder}/log.db"), plan(1), 14)
    log.close()
    shown = run("report", "--log", "log.db", "-o", "ndjson")
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert "no rule is in shadow" in shown.stderr


@pytest.mark.parametrize(
    ("action", "written", "shown"), [("alert", "", 4), ("notify", "risk: 9\n", 9), ("log", "risk: 0\n", 0)]
)
def test_a_risk_is_shown_as_it_is_written(folder, action, written, shown):
    (folder / "rules" / "team.yaml").write_text(written + RULE.replace("alert", action))
    assert json.loads(run("show", "team.rule").stdout)["risk"] == shown
