"""The verb backtest: what it prints, and that it says the same as explain about each call."""

import gzip
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agents.cli.backtest import backtest
from agents.cli.explain import explain
from benchmarks.load.records import Load
from streams.settings.fault import FaultsFound
from tests.support.backtest import record

START_MS = 1_767_600_000_000
COUNTS = ["records", "distinct", "duplicates", "dead_letters"]
KEYS = [*COUNTS, "by_action", "by_rule", "prompts", "pages", "max_prompts_person_hour"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a configuration and an hour of recorded calls in it."""
    load = Load(11)
    monkeypatch.chdir(tmp_path)
    Path("people.yaml").write_text(load.staff.people_yaml())
    Path("countersign.toml").write_text('[people]\npath = "people.yaml"\n')
    Path("trail").mkdir()
    arrivals = [one.record for one in load.arrivals(900, start_ms=START_MS, per_s=0.25)]
    for number, at in enumerate(range(0, 900, 150)):
        body = b'{"Records":[%b]}' % b",".join(arrivals[at : at + 150])
        Path(f"trail/{number}.json.gz").write_bytes(gzip.compress(body))
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(backtest, arguments)


def told(*arguments: str) -> dict:
    result = call(*arguments, "-o", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.usefixtures("folder")
def test_json_is_one_object_of_the_designs_keys():
    found = told("trail")
    assert list(found) == KEYS
    assert list(found["by_action"]) == ["log", "notify", "alert", "none"]
    for group in ("prompts", "pages"):
        assert list(found[group]) == ["total", "by_person", "by_hour"]
    assert found["records"] == 900
    assert found["prompts"]["total"] > 0


@pytest.mark.usefixtures("folder")
def test_what_is_no_call_is_counted_on_standard_error():
    Path("notes.ndjson").write_text('{"name": 1}\n{"name": 2}\n')
    result = call("notes.ndjson")
    assert result.exit_code == 0
    assert "2 of 2 could not be read as a call" in result.stderr
    assert "could not be read" not in call("trail").stderr


@pytest.mark.usefixtures("folder")
def test_it_equals_what_explain_says_of_each_call():
    Path("trail/broken.json").write_text('{"eventSource": ')
    said = CliRunner().invoke(explain, ["trail", "-o", "ndjson"])
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    calls = {line["fingerprint"]: line for line in reversed(lines) if line["outcome"] == "call"}
    found = told("trail")
    actions = [line["action"] for line in calls.values()]
    assert found["by_action"] == {action: actions.count(action) for action in found["by_action"]}
    rules = [rule for line in calls.values() for rule in line["rules"]]
    assert found["by_rule"] == {rule: rules.count(rule) for rule in sorted(set(rules))}
    assert found["dead_letters"] == sum(line["outcome"] == "dead_letter" for line in lines) == 1
    assert set(found["prompts"]["by_person"]) == {line["asks"] for line in calls.values() if line["asks"]}


@pytest.mark.usefixtures("folder")
def test_paths_in_any_order_and_files_under_any_name_give_the_same():
    files = sorted(str(path) for path in Path("trail").iterdir())
    straight = told("trail")
    assert told(*files) == told(*reversed(files)) == straight
    for at, file in enumerate(reversed(files)):
        Path(file).rename(f"trail/again-{at}.json.gz")
    assert told("trail") == straight


@pytest.mark.usefixtures("folder")
def test_a_file_given_twice_adds_copies_only():
    once, twice = told("trail"), told("trail", "trail")
    assert twice["records"] == 2 * once["records"]
    assert twice["distinct"] == once["distinct"]
    assert twice["prompts"] == once["prompts"]


@pytest.mark.usefixtures("folder")
def test_lines_are_one_for_each_question_and_page():
    found = told("trail", "--answers", "silence")
    lines = [
        json.loads(line) for line in call("trail", "--answers", "silence", "-o", "ndjson").stdout.splitlines()
    ]
    kinds = [line["kind"] for line in lines]
    assert kinds.count("question") == found["prompts"]["total"]
    assert kinds.count("page") == found["pages"]["total"]
    assert [line["at_ms"] for line in lines] == sorted(line["at_ms"] for line in lines)
    assert all(line["at"].startswith("2026-01-05T") for line in lines)


@pytest.mark.usefixtures("folder")
def test_the_table_tells_rules_and_people():
    shown = call("trail").stdout
    assert "questions" in shown
    assert "countersign.iam.user-created" in shown
    assert re.search(r"^p\d\d ", shown, re.MULTILINE)


def test_without_a_configuration_nobody_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("one.json").write_text(json.dumps(record()))
    found = told("one.json")
    assert found["prompts"]["total"] == 0
    assert found["pages"]["by_person"] == {"unattributed": 1}
    assert found["pages"]["by_hour"] == {"2026-01-02T03": 1}


def test_an_unreadable_file_is_a_problem_and_the_rest_is_read(tmp_path: Path):
    (tmp_path / "one.json").write_text(json.dumps(record()))
    result = call(str(tmp_path / "none.json"), str(tmp_path / "one.json"), "-o", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["records"] == 1
    assert "none.json" in result.stderr


def test_where_nothing_could_be_read_there_is_no_report(tmp_path: Path):
    for form in ("table", "json", "ndjson"):
        result = call(str(tmp_path / "none.json"), "-o", form)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "none.json: cannot be read" in result.stderr


@pytest.mark.parametrize("asked", [True, False])
def test_the_summary_reads_as_sentences(tmp_path: Path, *, asked: bool):
    (tmp_path / "one.json").write_text(json.dumps(record("CreateUser" if asked else "ListUsers")))
    (tmp_path / "people.yaml").write_text(
        'people: [{id: ada, name: Ada, slack: U0ADA, duo: ada, aws: {iam: {"111122223333": [ada]}}}]'
    )
    (tmp_path / "c.toml").touch()
    shown = call(str(tmp_path / "one.json"), "--config", str(tmp_path / "c.toml")).stdout
    assert ", ," not in shown
    assert not any(line.rstrip().endswith(",") for line in shown.splitlines())
    questions = "questions  1 to 1 person, 1.0 a day" if asked else "questions  0 to 0 people"
    assert questions in shown.splitlines()
    assert "pages      0" in shown.splitlines()


def test_it_says_what_it_did_with_calls_without_a_time(tmp_path: Path):
    (tmp_path / "one.json").write_text(json.dumps(record(at_s=None)))
    result = call(str(tmp_path / "one.json"), "-o", "json")
    assert "1 call without a readable eventTime" in result.stderr


def test_a_faulty_configuration_is_named(tmp_path: Path):
    (tmp_path / "c.toml").write_text("[run]\nmood = 1\n")
    result = call(str(tmp_path), "--config", str(tmp_path / "c.toml"))
    assert isinstance(result.exception, FaultsFound)
