"""`countersign init` takes no nonsense, throws nothing away unsaid, and asks again instead of giving up."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from agents.cli.init import init
from agents.cli.starter.answers import Answers, asked
from streams.settings.load import load

QUEUE = "https://sqs.eu-west-1.amazonaws.com/111122223333/calls"
TOPIC = "arn:aws:sns:eu-west-1:444455556666:countersign"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(init, ["team", "--yes", *arguments])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--queue-url", "bar"], '"bar" is no queue URL'),
        (["--queue-url", "https://sqs.eu-west-1.amazonaws.com/"], "is no queue URL"),
        (["--topic", "arn:aws:sqs:eu-west-1:444455556666:x"], "is no topic ARN"),
        (["--person", "@ada"], '"@ada" is no id of a person'),
        (["--person", "ada b"], '"ada b" is no id of a person'),
        (["--person", "ada", "--slack-id", "@ada"], '"@ada" is no Slack user id'),
        (["--slack-id", "U012ABCDEF", "--sso", "ada@example.com"], "--slack-id and --sso of whom? --person"),
    ],
)
def test_nonsense_is_refused_before_a_file_is_written(arguments: list[str], told: str):
    result = run(*arguments)
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.replace("│", " ").split())
    assert not Path("team").exists()


def test_a_feed_that_is_not_whole_is_said_to_be_commented_out():
    assert "commented out, for it has no topics" in run("--queue-url", QUEUE).stderr
    assert load(Path("team/countersign.toml"), {}).feeds == ()


def test_a_whole_feed_is_written_and_the_next_step_names_the_folder():
    result = run("--queue-url", QUEUE, "--topic", TOPIC, "--person", "ada")
    assert "commented out" not in result.stderr
    assert 'next: "cd team", then "countersign config check" and "countersign run"' in result.stderr
    (feed,) = load(Path("team/countersign.toml"), {}).feeds
    assert feed.queue_url == QUEUE
    assert yaml.safe_load(Path("team/people.yaml").read_text())["people"] == [{"id": "ada"}]


def test_a_wrong_answer_is_asked_for_again_and_the_others_stay(monkeypatch: pytest.MonkeyPatch):
    said = iter(["bar", QUEUE, TOPIC + " nonsense", TOPIC, "ada b", "ada", "Ada", "@ada", "U012ABCDEF", "", ""])
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _prompt: next(said))
    assert asked(Answers()) == Answers(QUEUE, (TOPIC,), "ada", "Ada", "U012ABCDEF", None, None)
    assert next(said, None) is None
