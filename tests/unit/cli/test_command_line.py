"""The command line: help at once, verbs by name, exit codes, and faults that tell where and how."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents.cli.excerpt import excerpt
from agents.cli.exit_code import ExitCode
from agents.cli.verbs import VERBS
from agents.cli.voice import Voice
from streams.settings.fault import Fault
from streams.settings.load import load

ROOT = Path(__file__).parents[3]
HEAVY = ("faust", "boto3", "elasticsearch", "slack_sdk", "yaml", "rich.table", "aiohttp", "duo_client")


def countersign(*arguments: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder of its own."""
    command = [sys.executable, "-m", "agents.cli.main", *arguments]
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environ}
    return subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_entry_point_imports_nothing_heavy(tmp_path: Path):
    code = f"import sys, agents.cli.main; print([name for name in {HEAVY!r} if name in sys.modules])"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


def test_help_lists_every_verb_without_importing_any(tmp_path: Path):
    shown = countersign("--help", cwd=tmp_path)
    assert shown.returncode == ExitCode.OK
    assert [verb for verb in VERBS if verb not in shown.stdout] == []
    assert "INTEGER" not in shown.stdout


def test_a_verb_that_is_mistyped_gets_a_suggestion(tmp_path: Path):
    shown = countersign("exlain", cwd=tmp_path)
    assert shown.returncode == ExitCode.USAGE
    assert 'there is no verb "exlain": did you mean "explain"?' in shown.stderr


@pytest.mark.parametrize("group", ["cases", "dlq", "rules"])
def test_a_mistyped_verb_below_a_verb_gets_a_suggestion_too(tmp_path: Path, group: str):
    shown = countersign(group, "shwo", cwd=tmp_path)
    assert shown.returncode == ExitCode.USAGE
    assert 'there is no verb "shwo": did you mean "show"?' in shown.stderr
    assert "known are list, show" in countersign("dlq", "xx", cwd=tmp_path).stderr
    assert 'there is no verb "paln": did you mean "plan"?' in countersign("topics", "paln", cwd=tmp_path).stderr


def test_a_key_that_resembles_none_gets_the_known_ones_and_a_feed_only_kinds_that_work(tmp_path: Path):
    (tmp_path / "countersign.toml").write_text('[timing]\nfoo = 3\n[[feeds]]\nkind = "kinesys"\n')
    told = countersign("config", "check", cwd=tmp_path).stderr.splitlines()
    assert told[0].startswith('countersign.toml:2:1: unknown key "foo" in [timing]: known are group_wait_s, ')
    assert told[1].endswith('has an unknown word "kinesys" (sqs, files) [CS-C005]')


def test_config_check_counts_in_words_and_warns_of_no_feed(tmp_path: Path):
    (tmp_path / "countersign.toml").touch()
    (tmp_path / "people.yaml").write_text("people: [{id: ada, name: Ada}]\n")
    shown = countersign("config", "check", cwd=tmp_path)
    assert shown.returncode == ExitCode.OK
    assert "0 feeds, " in shown.stdout
    assert shown.stdout.endswith(" 1 person\n")
    assert "there is no feed: nothing will come in" in shown.stderr


def test_faults_go_to_standard_error_and_exit_3(tmp_path: Path):
    (tmp_path / "countersign.toml").write_text('[run]\nmode = "x"\n[log]\npartitions = 0\n')
    shown = countersign("config", "check", cwd=tmp_path)
    assert shown.returncode == ExitCode.CONFIG
    assert shown.stdout == ""
    assert [line.split(":")[1] for line in shown.stderr.splitlines()] == ["2", "4"]


def test_config_check_tells_the_faults_of_all_files_in_one_run(tmp_path: Path):
    (tmp_path / "countersign.toml").write_text('[run]\nmode = "x"\n')
    (tmp_path / "people.yaml").write_text("people: [{}]\n")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.yaml").write_text("id: own.rule\n")
    told = countersign("config", "check", cwd=tmp_path).stderr
    assert all(name in told for name in ("countersign.toml:2:8", "people.yaml:1:10", "rules/own.yaml:1"))


def test_the_teams_own_texts_are_checked_with_the_rest(tmp_path: Path):
    (tmp_path / "countersign.toml").write_text('[run]\nmode = "x"\n[slack]\ntexts = "words.yaml"\n')
    shown = countersign("config", "check", cwd=tmp_path)
    assert "countersign.toml:4:9: there is no words.yaml: make it, or correct the path [CS-C023]" in shown.stderr
    (tmp_path / "words.yaml").write_text("question: {titel: x}\n")
    told = countersign("config", "check", cwd=tmp_path).stderr
    assert "countersign.toml:2:8" in told
    assert "words.yaml:1:12" in told
    assert "[CS-T001]" in told
    (tmp_path / "countersign.toml").write_text('[slack]\ntexts = "words.yaml"\n')
    assert "[CS-T001]" in countersign("run", cwd=tmp_path).stderr


def test_people_test_and_doctor_use_the_same_words(tmp_path: Path):
    (tmp_path / "countersign.toml").touch()
    (tmp_path / "people.yaml").write_text("people: [{id: ada, name: Ada}]\n")
    shown = countersign("people", "test", "ada", cwd=tmp_path)
    assert shown.returncode == ExitCode.PROBLEMS
    assert [line.split()[:2] for line in shown.stdout.splitlines()[1:]] == [["slack", "WRONG"], ["duo", "WRONG"]]


def test_doctor_tells_a_pipe_the_table_alone(tmp_path: Path):
    (tmp_path / "countersign.toml").write_text('[gateway]\nlisten = "127.0.0.1:0"\n')
    shown = countersign("doctor", cwd=tmp_path)
    assert shown.stderr == ""
    assert ["feeds", "WRONG"] in [line.split()[:2] for line in shown.stdout.splitlines()]
    assert shown.returncode == ExitCode.PROBLEMS


@pytest.mark.parametrize("arguments", [("people", "test", "zz"), ("rules", "show", "nope")])
def test_what_is_asked_for_and_not_there_is_a_problem_in_one_line(tmp_path: Path, arguments: tuple[str, ...]):
    (tmp_path / "countersign.toml").touch()
    (tmp_path / "people.yaml").write_text("people: [{id: ada, name: Ada}]\n")
    shown = countersign(*arguments, cwd=tmp_path)
    assert shown.returncode == ExitCode.PROBLEMS
    assert "Usage" not in shown.stderr


def test_without_a_configuration_it_says_how_to_get_one(tmp_path: Path):
    shown = countersign("config", "check", cwd=tmp_path)
    assert shown.returncode == ExitCode.CONFIG
    wanted = 'countersign: there is no countersign.toml here: "countersign init" writes one, --config names one'
    assert shown.stderr.startswith(wanted)


def test_a_log_that_is_not_there_exits_4_in_one_line(tmp_path: Path):
    shown = countersign("cases", "list", "--log", "none.db", cwd=tmp_path)
    assert shown.returncode == ExitCode.UNREACHABLE
    assert len(shown.stderr.splitlines()) == 1


def test_something_unexpected_is_one_line_and_a_traceback_only_with_vv(tmp_path: Path):
    (tmp_path / "file").touch()
    shown = countersign("init", "file/inside", "--yes", cwd=tmp_path)
    assert shown.returncode == ExitCode.PROBLEMS
    assert len(shown.stderr.splitlines()) == 1
    assert "agents/cli/" in shown.stderr
    assert "Traceback" in countersign("init", "file/inside", "--yes", "-vv", cwd=tmp_path).stderr


def test_foreign_packages_are_named_before_anything_else(tmp_path: Path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "__init__.py").touch()
    shown = countersign("--help", cwd=tmp_path)
    assert shown.returncode == 1
    assert f'the package "tables" in {tmp_path}/tables is not Countersign\'s' in shown.stderr


def test_secrets_are_stars_in_config_show(tmp_path: Path):
    (tmp_path / "countersign.toml").write_text('[slack]\nbot_token = "xoxb-do-not-show"\n')
    for form in ("table", "json", "ndjson"):
        shown = countersign("config", "show", "-o", form, cwd=tmp_path, COUNTERSIGN_DUO__SECRET_KEY="also-not")
        assert "********" in shown.stdout
        assert "countersign.toml:2" in shown.stdout
        assert "COUNTERSIGN_DUO__SECRET_KEY" in shown.stdout
        assert "do-not-show" not in shown.stdout + shown.stderr
        assert "also-not" not in shown.stdout + shown.stderr


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("partitions = 0", "partitions = 0"),
        ('bot_token = "xoxb-secret"', "bot_token = ********"),
        ('bot_tokn = "xoxb-secret"', "bot_tokn = ********"),
        ('slack = { bot_token = "xoxb-secret" }', "slack = ********"),
        ('slack.bot_token = "xoxb-secret"', "slack.bot_token = ********"),
        ('api_url = "https://u:secret@slack.example.com"', "api_url = ********"),
        ('  xoxb-secret"""', "********"),
        ("[slack]", "[slack]"),
    ],
)
def test_an_excerpt_of_a_configuration_shows_no_secret(tmp_path: Path, line: str, shown: str):
    file = tmp_path / "c.toml"
    file.write_text(f"{line}\n")
    told = excerpt(Fault(str(file), 1, 1, "wrong", "CS-C003"))
    assert told is not None
    assert told.splitlines()[0].strip() == shown


def test_an_excerpt_points_at_the_column(tmp_path: Path):
    file = tmp_path / "people.yaml"
    file.write_text("people:\n  - id: 5\n")
    assert excerpt(Fault(str(file), 2, 9, "wrong", "CS-P004")) == "      - id: 5\n            ^"


def test_what_init_writes_is_a_good_start_and_stays(tmp_path: Path):
    first = countersign("init", "new place", "--yes", cwd=tmp_path)
    folder = tmp_path / "new place"
    names = {"countersign.toml", "people.yaml", "rules", "slack-manifest.yaml", "countersign.service"}
    assert first.returncode == ExitCode.OK
    assert {path.name for path in folder.iterdir()} == names
    assert countersign("config", "check", cwd=folder).returncode == ExitCode.OK
    (folder / "people.yaml").write_text("people: []\n")
    countersign("init", ".", "--yes", "--person", "ada", cwd=folder)
    assert (folder / "people.yaml").read_text() == "people: []\n"


@pytest.mark.parametrize(
    ("voice", "level", "again"),
    [
        (Voice(), logging.INFO, []),
        (Voice(verbose=2), logging.DEBUG, ["--verbose", "--verbose"]),
        (Voice(quiet=True), logging.ERROR, ["--quiet"]),
        (Voice(verbose=1, quiet=True), logging.ERROR, ["--verbose", "--quiet"]),
    ],
)
def test_the_voice_sets_the_level_of_the_log_lines(voice: Voice, level: int, again: list[str]):
    assert (voice.log_level, voice.arguments) == (level, again)


def test_init_without_a_terminal_says_in_one_line_what_to_do(tmp_path: Path):
    shown = countersign("init", cwd=tmp_path)
    assert shown.returncode == ExitCode.USAGE
    assert len(shown.stderr.splitlines()) == 1
    assert all(flag in shown.stderr for flag in ("--yes", "--queue-url", "--person"))
    assert list(tmp_path.iterdir()) == []


def test_init_takes_its_answers_from_flags(tmp_path: Path):
    queue = ("--queue-url", "https://sqs.eu-west-1.amazonaws.com/111122223333/calls")
    topic = ("--topic", "arn:aws:sns:eu-west-1:444455556666:countersign")
    person = ("--person", "ada", "--name", 'Ada "A" L', "--slack-id", "U012ABCDEF", "--duo-user", "ada")
    assert countersign("init", "--yes", *queue, *topic, *person, cwd=tmp_path).returncode == ExitCode.OK
    (feed,) = load(tmp_path / "countersign.toml", {}).feeds
    assert feed.topics == {topic[1]: "444455556666"}
    shown = countersign("people", "check", "-o", "json", cwd=tmp_path)
    assert '"name": "Ada \\"A\\" L"' in shown.stdout


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("--config k.toml doctor", "countersign doctor --config k.toml"),
        ("--config=k.toml cases list", "countersign cases list --config=k.toml"),
        ("config --config k.toml check", "countersign config check --config k.toml"),
        ("-o json rules list", "countersign rules list -o json"),
        ("-ojson rules list", "countersign rules list -ojson"),
        ("--config", "countersign VERB --config VALUE"),
    ],
)
def test_an_option_of_a_verb_that_stands_before_it_is_told_its_place(tmp_path: Path, typed: str, meant: str):
    shown = countersign(*typed.split(), cwd=tmp_path)
    assert shown.returncode == ExitCode.USAGE
    assert shown.stderr.strip().endswith(f"belongs behind the verb: {meant}")


def test_one_output_has_one_kind_of_path(tmp_path: Path):
    (tmp_path / "countersign.toml").write_text('[slack]\ntexts = "none.yaml"\n[rules]\npaths = ["rules"]\n')
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text("id: x\n")
    (tmp_path / "people.yaml").write_text("people: [{id: ada, nme: Ada}]\n")
    told = countersign("config", "check", cwd=tmp_path).stderr
    assert str(tmp_path) not in told
    assert "countersign.toml:2:9: there is no none.yaml: make it, or correct the path [CS-C023]" in told
    assert "\nrules/a.yaml:1:1: " in told
    assert "\npeople.yaml:1:" in told
    below = tmp_path / "below"
    below.mkdir()
    assert (
        f"{tmp_path}/people.yaml:1:"
        in countersign("config", "check", "--config", str(tmp_path / "countersign.toml"), cwd=below).stderr
    )


@pytest.mark.slow
def test_a_log_whose_folder_is_missing_is_told_with_the_remedy(tmp_path: Path):
    (tmp_path / "countersign.toml").write_text(
        '[log]\nurl = "sqlite:///data/x.db"\n[gateway]\nlisten="127.0.0.1:0"\n'
    )
    told = f"the folder {tmp_path}/data of the log does not exist: make it, or change log.url"
    shown = countersign("run", cwd=tmp_path)
    assert (shown.returncode, shown.stderr.splitlines()[-1]) == (ExitCode.UNREACHABLE, told)
    row = next(line for line in countersign("doctor", cwd=tmp_path).stdout.splitlines() if line.startswith("log "))
    assert f"the folder {tmp_path}/data does not exist" in row
    assert "make it, or change log.url" in row


def test_config_show_has_no_key_that_no_feed_may_have(tmp_path: Path):
    feed = '[[feeds]]\nkind = "files"\npath = "."\naccounts = ["111122223333"]\n'
    (tmp_path / "countersign.toml").write_text(feed)
    shown = countersign("config", "show", cwd=tmp_path).stdout
    reference = (ROOT / "docs/reference/configuration.md").read_text()
    keys = [line.split()[0] for line in shown.splitlines()[1:]]
    assert "feeds[0].path" in keys
    assert [key for key in keys if f"`{key.rpartition('.')[2]}`" not in reference] == []
    assert not {"feeds[0].stream_arn", "feeds[0].bucket"} & set(keys)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("adda", '"adda": did you mean "ada"?'),
        ("ada@example.com", '"ada@example.com": did you mean "ada"?'),
        ("U012ABCDEF", '"U012ABCDEF": did you mean "ada"?'),
        ("zz", '"zz": there is ada'),
    ],
)
def test_a_person_who_is_not_there_gets_the_nearest(tmp_path: Path, typed: str, told: str):
    (tmp_path / "countersign.toml").touch()
    ada = "{id: ada, name: Ada, slack: U012ABCDEF, aws: {sso: [ada@example.com]}}"
    (tmp_path / "people.yaml").write_text(f"people: [{ada}]\n")
    assert (
        countersign("people", "test", typed, cwd=tmp_path).stderr.strip().endswith(f"no person has the id {told}")
    )
