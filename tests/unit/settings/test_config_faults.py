"""One configuration with every kind of fault: all of them are told in one run, each with its place."""

from pathlib import Path

from streams.settings.codes import ConfigCode
from streams.settings.load import load
from tests.support.faults import faults_of

GOLDEN = Path(__file__).parent / "golden"

ENVIRON = {
    "COUNTERSIGN_CONFIG": "c.toml",
    "COUNTERSIGN_FEEDS__9__KIND": "sqs",
    "COUNTERSIGN_LOG__PARTITONS": "8",
    "COUNTERSIGN_SLACK__APP_ID": "T1",
    "PATH": "/bin",
}


def test_all_faults_of_file_and_environment_are_told_in_one_run():
    told = faults_of(lambda: load(GOLDEN / "broken.toml", ENVIRON), GOLDEN)
    assert "\n".join(told) + "\n" == (GOLDEN / "broken.faults").read_text()
    assert len(told) > 25


def test_enforce_names_everything_it_needs(tmp_path: Path):
    file = tmp_path / "c.toml"
    file.write_text('[run]\nmode = "enforce"\n')
    told = "\n".join(faults_of(lambda: load(file, {}), tmp_path))
    keys = ("people.path", "slack.bot_token", "slack.team_id", "slack.app_id", "duo.api_url")
    keys += ("duo.integration_key", "duo.secret_key", "pagerduty.routing_key", "slack.signing_secret", "[[feeds]]")
    assert [key for key in keys if key not in told] == []


def test_a_secret_that_was_refused_is_not_missing_as_well(tmp_path: Path):
    file = tmp_path / "c.toml"
    file.write_text('[run]\nmode = "enforce"\n[slack]\nbot_token_file = "none"\n')
    told = [line for line in faults_of(lambda: load(file, {}), tmp_path) if "bot_token" in line]
    assert len(told) == 1
    assert "CS-C013" in told[0]


def test_timing_that_cannot_be_met_is_a_fault(tmp_path: Path):
    file = tmp_path / "c.toml"
    file.write_text("[timing]\nprompt_timeout_s = 100\ngrant_wait_s = 90000\n")
    told = faults_of(lambda: load(file, {}), tmp_path)
    assert [line.split(" ")[1] for line in told] == [
        "group_wait_s",
        "reminder_after_s",
        "delivery_timeout_s",
        "grant_wait_s",
    ]


def test_every_code_has_its_entry_in_the_reference():
    reference = (Path(__file__).parents[3] / "docs/reference/configuration.md").read_text()
    assert [code for code in ConfigCode if code not in reference] == []
