"""The verbs `people check`, `lookup` and `import`: what they print, where, and how they exit."""

import json
from pathlib import Path

import pytest

from agents.cli.exit_code import ExitCode
from agents.people.loader import read_people
from agents.standins.slack_state import SlackPerson
from agents.standins.thread import StandInThread
from tests.unit.cli.test_command_line import countersign

PEOPLE = """\
people:
  - {id: ada, name: Ada Lovelace, slack: U012ABCDEF, duo: ada, aws: {sso: [ada@example.com]}}
  - {id: grace, slack: U2GRACE, duo: grace, aws: {iam: {"111122223333": [grace]}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "people.yaml").write_text(PEOPLE)
    (tmp_path / "countersign.toml").write_text("")
    return tmp_path


def test_a_file_without_notes_is_good(folder: Path):
    shown = countersign("people", "check", cwd=folder)
    assert (shown.returncode, shown.stderr) == (
        ExitCode.OK,
        "2 people, 0 of whom would be paged about and not asked\n",
    )


def test_notes_have_their_place_and_are_a_problem(folder: Path):
    (folder / "people.yaml").write_text(
        PEOPLE + "  - {id: linus, slack: U3LINUS, aws: {source_identity: [linus]}}\n"
    )
    shown = countersign("people", "check", "-o", "json", cwd=folder)
    assert shown.returncode == ExitCode.PROBLEMS
    assert [row["id"] for row in json.loads(shown.stdout)] == ["ada", "grace", "linus"]
    assert 'people.yaml:4:5: linus has no "duo"' in shown.stderr
    assert "[CS-P012]" in shown.stderr


def test_faults_are_faults_of_the_configuration(folder: Path):
    (folder / "people.yaml").write_text(PEOPLE + "  - {id: linus, slak: U3LINUS}\n")
    shown = countersign("people", "check", cwd=folder)
    assert (shown.returncode, shown.stdout) == (ExitCode.CONFIG, "")
    assert 'people.yaml:4:17: unknown key "slak": did you mean "slack"? [CS-P003]' in shown.stderr


def test_lookup_says_whose_a_name_is(folder: Path):
    shown = countersign("people", "lookup", "111122223333/grace", "-o", "ndjson", cwd=folder)
    assert json.loads(shown.stdout) == {
        "person": "grace",
        "by": "iam",
        "name": "111122223333/grace",
        "confidence": "high",
        "asked": True,
    }


def test_lookup_of_nobody_suggests_the_nearest(folder: Path):
    shown = countersign("people", "lookup", "ada@exmaple.com", cwd=folder)
    assert shown.returncode == ExitCode.PROBLEMS
    assert 'nobody is "ada@exmaple.com": did you mean "ada@example.com"?' in shown.stderr


def test_identity_center_s_users_are_compared_with_the_file(folder: Path):
    users = [
        {"UserName": "ada@example.com", "UserId": "906-1"},
        {"UserName": "mary", "UserId": "906-2", "DisplayName": "Mary", "Emails": []},
    ]
    (folder / "users.json").write_text(json.dumps({"Users": users}, indent=2))
    shown = countersign("people", "import", "identity-center", "users.json", cwd=folder)
    assert shown.returncode == ExitCode.OK
    assert list(read_people("p.yaml", shown.stdout).people) == ["mary"]
    assert "people.yaml:2:5: ada could have aws.sso: 906-1" in shown.stderr
    users[0]["UserStatus"] = "DISABLED"
    (folder / "users.json").write_text(json.dumps({"Users": users}))
    shown = countersign("people", "import", "identity-center", "users.json", cwd=folder)
    assert shown.returncode == ExitCode.PROBLEMS
    assert "people.yaml:2:5: ada is switched off in Identity Center" in shown.stderr
    assert "[CS-P016]" in shown.stderr


def test_identity_center_s_users_need_no_configuration(tmp_path: Path):
    (tmp_path / "users.json").write_text('{"Users": [{"UserName": "mary", "UserId": "906-2"}]}')
    shown = countersign("people", "import", "identity-center", "users.json", cwd=tmp_path)
    assert shown.returncode == ExitCode.OK
    assert list(read_people("p.yaml", shown.stdout).people) == ["mary"]


def test_slack_s_members_are_read_and_compared_with_the_file(folder: Path):
    with StandInThread(folder) as thread:
        members = [
            SlackPerson("U012ABCDEF", "ada"),
            SlackPerson("U2GRACE", "grace", disabled=True),
            SlackPerson("U4MARY", "mary", email="mary@example.com", real_name="Mary S"),
            SlackPerson("U5BOT", "bot", bot=True),
        ]
        slack = thread.standins.slack
        slack.people.clear()
        slack.people.update({one.user_id: one for one in members})
        config = f'[slack]\napi_url = "{slack.url}/api/"\nbot_token = "{slack.bot_token}"\n'
        (folder / "countersign.toml").write_text(config)
        shown = countersign("people", "import", "slack", cwd=folder)
        refused = countersign("people", "import", "slack", cwd=folder, COUNTERSIGN_SLACK__BOT_TOKEN="xoxb-old")
    assert shown.returncode == ExitCode.PROBLEMS, shown.stderr
    (mary,) = read_people("p.yaml", shown.stdout).people.values()
    assert (mary.id, mary.name, mary.slack) == ("mary", "Mary S", "U4MARY")
    assert "people.yaml:3:5: grace is switched off in Slack" in shown.stderr
    assert (refused.returncode, refused.stdout) == (ExitCode.PROBLEMS, "")
    assert "invalid_auth" in refused.stderr


def test_slack_that_is_not_configured_is_a_matter_of_usage(folder: Path):
    shown = countersign("people", "import", "slack", cwd=folder)
    assert shown.returncode == ExitCode.USAGE
    assert "slack.bot_token is not configured" in shown.stderr
