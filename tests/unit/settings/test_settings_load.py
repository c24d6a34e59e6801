"""What a good configuration becomes: defaults, paths, environment, secrets in files."""

from pathlib import Path

import pytest

from streams.records.timing import Limits, Timing
from streams.settings.load import load, survey
from streams.settings.model import FeedKind, Mode, Settings
from streams.settings.secret import Secret
from tests.support.faults import faults_of

QUEUE = "https://sqs.eu-west-1.amazonaws.com/111122223333/calls"
TOPIC = "arn:aws:sns:eu-west-1:444455556666:countersign"


def loaded(tmp_path: Path, text: str = "", **environ: str) -> Settings:
    file = tmp_path / "countersign.toml"
    file.write_text(text)
    return load(file, {f"COUNTERSIGN_{name}": value for name, value in environ.items()})


def test_nothing_given_is_a_careful_default(tmp_path: Path):
    settings = loaded(tmp_path)
    assert settings.run.mode is Mode.OBSERVE
    assert settings.log.url == f"sqlite:///{tmp_path}/countersign.db"
    assert settings.timing.record() == Timing()
    assert settings.limits.record() == Limits()
    assert settings.rules.paths == ()
    assert settings.people.path is None


def test_default_paths_count_where_they_exist(tmp_path: Path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "people.yaml").touch()
    settings = loaded(tmp_path)
    assert settings.rules.paths == (tmp_path / "rules",)
    assert settings.people.path == tmp_path / "people.yaml"


def test_relative_paths_start_at_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "conf").mkdir()
    (tmp_path / "who.yaml").touch()
    (tmp_path / "conf" / "c.toml").write_text(
        '[people]\npath = "../who.yaml"\n[log]\nurl = "sqlite:///x.db?clock_speed=20"'
    )
    monkeypatch.chdir("/")
    settings = load(tmp_path / "conf" / "c.toml", {})
    assert settings.people.path == tmp_path / "who.yaml"
    assert settings.log.url == f"sqlite:///{tmp_path}/conf/x.db?clock_speed=20"


def test_the_environment_beats_the_file(tmp_path: Path):
    text = f'[log]\npartitions = 4\n[[feeds]]\nkind = "sqs"\nqueue_url = "{QUEUE}"\naccounts = ["444455556666"]\n'
    settings = loaded(
        tmp_path,
        text,
        LOG__PARTITIONS="16",
        FEEDS__0__TOPICS=f'{{"{TOPIC}": "444455556666"}}',
        FEEDS__0__BACKFILL="true",
        FEEDS__1__KIND="sqs",
        FEEDS__1__QUEUE_URL="http://127.0.0.1:9324/1/two",
        FEEDS__1__ACCOUNTS__0="777788889999",
        FEEDS__1__NAME="second",
    )
    assert settings.log.partitions == 16
    first, second = settings.feeds
    assert (first.name, first.topics, first.backfill) == ("calls", {TOPIC: "444455556666"}, True)
    assert (second.name, second.kind, second.accounts) == ("second", FeedKind.SQS, ("777788889999",))


def test_the_environment_alone_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    settings = load(None, {"COUNTERSIGN_SLACK__BOT_TOKEN": "xoxb-1", "COUNTERSIGN_RULES__PATHS": "[]"})
    assert settings.slack.bot_token == Secret("xoxb-1")
    assert settings.log.url == f"sqlite:///{tmp_path}/countersign.db"


def test_a_secret_may_lie_in_a_file(tmp_path: Path):
    (tmp_path / "token").write_text("xoxb-from-a-file\n")
    settings = loaded(tmp_path, '[slack]\nbot_token_file = "token"\n')
    assert settings.slack.bot_token == Secret("xoxb-from-a-file")


def test_a_secret_of_the_environment_beats_the_file_that_the_file_names(tmp_path: Path):
    settings = loaded(tmp_path, '[slack]\nbot_token_file = "none"\n', SLACK__BOT_TOKEN="xoxb-2")
    assert settings.slack.bot_token == Secret("xoxb-2")
    (tmp_path / "token").write_text("xoxb-3")
    settings = loaded(tmp_path, '[slack]\nbot_token = "xoxb-1"\n', SLACK__BOT_TOKEN_FILE="token")
    assert settings.slack.bot_token == Secret("xoxb-3")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "must not be empty"),
        (b"two words", "must be one word"),
        (b"\xff", "is no UTF-8 text"),
        (b"x" * 70_000, "is larger"),
    ],
)
def test_a_secret_file_that_holds_no_secret_is_a_fault(tmp_path: Path, content: bytes, told: str):
    (tmp_path / "token").write_bytes(content)
    (line,) = faults_of(lambda: loaded(tmp_path, '[slack]\nbot_token_file = "token"\n'))
    assert told in line


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("http://127.0.0.1:8080/api/", True),
        ("http://localhost:1", True),
        ("http://[::1]:1/", True),
        ("https://slack.example.com/api/", True),
        ("http://127.0.0.1.example.com/", False),
        ("http://localhost.example.com/", False),
        ("http://10.0.0.1/", False),
        ("https://user:hunter2@slack.example.com/", False),
        ("https://slack.example.com/?token=1", False),
        ("https://slack.example.com:0/", False),
        ("https://slack.example.com:99999/", False),
        ("https://", False),
        ("ftp://slack.example.com", False),
        ("https://slack example.com", False),
        ("https://[::1", False),
        ("slack.example.com", False),
    ],
)
def test_which_urls_are_taken(tmp_path: Path, url: str, *, good: bool):
    text = f'[slack]\napi_url = "{url}"\n'
    if good:
        assert loaded(tmp_path, text).slack.api_url == url
    else:
        (line,) = faults_of(lambda: loaded(tmp_path, text))
        assert "CS-C007" in line or "CS-C008" in line
        assert "hunter2" not in line


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "[::1]:8470", "localhost:8470"])
def test_where_the_gateway_may_listen_without_a_token(tmp_path: Path, listen: str):
    gateway = loaded(tmp_path, f'[gateway]\nlisten = "{listen}"\n').gateway
    assert gateway.listen == f"{gateway.host if ':' not in gateway.host else f'[{gateway.host}]'}:{gateway.port}"


def test_each_value_knows_where_it_came_from(tmp_path: Path):
    file = tmp_path / "c.toml"
    file.write_text('[log]\npartitions = 4\n[[feeds]]\nkind = "files"\npath = "."\naccounts = ["111122223333"]\n')
    source = survey(file, {"COUNTERSIGN_LOG__URL": "sqlite:///x.db"}).source
    assert source.origin(("log", "partitions")) == f"{file}:2"
    assert source.origin(("log", "url")) == "COUNTERSIGN_LOG__URL"
    assert source.origin(("feeds", 0, "path")) == f"{file}:5"
    assert source.origin(("run", "mode")) == "default"


@pytest.mark.parametrize("path", ["calls/in", "calls", "."])
def test_feeds_of_files_must_not_lie_one_in_the_other(tmp_path: Path, path: str):
    (tmp_path / "calls" / "in").mkdir(parents=True)
    feed = '[[feeds]]\nkind = "files"\naccounts = ["111122223333"]\n'
    (line,) = faults_of(lambda: loaded(tmp_path, f'{feed}path = "calls"\n{feed}name = "b"\npath = "{path}"\n'))
    assert "lie one in the other" in line


def test_a_topic_speaks_for_one_account_only(tmp_path: Path):
    feed = '[[feeds]]\nkind = "sqs"\nqueue_url = "https://sqs.example.com/1/{}"\ntopics = {{"{}" = "{}"}}\n'
    text = feed.format("a", TOPIC, "444455556666") + feed.format("b", TOPIC, "777788889999")
    (line,) = faults_of(lambda: loaded(tmp_path, text))
    assert "speaks for one only" in line


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path):
    (line,) = faults_of(lambda: load(tmp_path / "none.toml", {}), tmp_path)
    assert line == "none.toml:1:1: the configuration cannot be read: No such file or directory [CS-C001]"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (
            b"a = 1\nb = [",
            (
                "c.toml:2:1: this is no TOML: invalid value: write texts in plain quotes, "
                "numbers without, true and false small [CS-C002]"
            ),
        ),
        (
            b"a = 1\n= 2\n",
            "c.toml:2:1: this is no TOML: invalid statement: each line is key = value, or [table] [CS-C002]",
        ),
        (b'a = 1\nb = "\xff"\n', "c.toml:2:1: this line is no UTF-8: save the file as UTF-8 [CS-C002]"),
        (b"a = " + b"[" * 50_000, "c.toml:1:1: this is nested too deep [CS-C002]"),
    ],
)
def test_what_is_no_toml_is_one_fault_with_its_place(tmp_path: Path, data: bytes, line: str):
    (tmp_path / "c.toml").write_bytes(data)
    assert faults_of(lambda: load(tmp_path / "c.toml", {}), tmp_path) == [line]
