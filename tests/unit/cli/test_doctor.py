"""Doctor: what it says of services that cannot be reached, and of people who cannot be asked."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.cli.exit_code import ExitCode
from agents.clients.outcome import Outcome, Standing
from agents.clients.reach import Reach
from agents.decisions.directory import Directory, Person
from agents.doctor.archive import check_elasticsearch
from agents.doctor.inputs import _silence
from agents.doctor.people import check_people
from agents.doctor.row import failed
from streams.log.faults import LogUnusable
from streams.settings.model import DuoSettings, ElasticsearchSettings, Mode, RunSettings, Settings, SlackSettings
from streams.settings.secret import Secret
from tests.support.elasticsearch import FakeElasticsearch
from tests.unit.cli.test_command_line import countersign

EVERYTHING = """
[slack]
api_url = "http://127.0.0.1:{port}/api/"
bot_token = "xoxb-1"
app_token = "xapp-1"
team_id = "T1"
app_id = "A1"
[duo]
api_url = "https://127.0.0.1:{port}"
integration_key = "DI"
secret_key = "k"
[pagerduty]
events_url = "https://127.0.0.1:{port}"
routing_key = "r"
[elasticsearch]
url = "http://127.0.0.1:{port}"
[gateway]
listen = "127.0.0.1:0"
[[feeds]]
kind = "sqs"
queue_url = "http://127.0.0.1:{port}/111122223333/calls"
accounts = ["111122223333"]
"""


@pytest.fixture
def closed() -> Iterator[int]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_whatever_cannot_be_reached_is_told_without_the_names_of_classes(tmp_path: Path, closed: int):
    (tmp_path / "countersign.toml").write_text(EVERYTHING.format(port=closed))
    aws = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_DEFAULT_REGION": "eu-west-1"}
    shown = countersign("doctor", cwd=tmp_path, AWS_ENDPOINT_URL=f"http://127.0.0.1:{closed}", **aws)
    assert shown.returncode == ExitCode.UNREACHABLE
    rows = {line.split()[0]: line for line in shown.stdout.splitlines()}
    for what in ("feed", "slack", "duo", "pagerduty", "elasticsearch"):
        assert re.search(r"WRONG +cannot be reached: connection refused +nothing listens there: ", rows[what])
    assert re.search(r"[a-z]Error|Exception", shown.stdout + shown.stderr) is None


def test_a_queue_whose_region_nobody_knows_is_a_row_and_no_fault_of_ours(tmp_path: Path, closed: int):
    (tmp_path / "countersign.toml").write_text(EVERYTHING.format(port=closed))
    nowhere = {"AWS_DEFAULT_REGION": "", "AWS_REGION": "", "AWS_CONFIG_FILE": "/dev/null"}
    shown = countersign("doctor", cwd=tmp_path, **nowhere)
    assert "no AWS region is known" in shown.stdout
    assert "set the feed's region" in shown.stdout


def test_brokers_of_which_none_answers_are_told_by_their_address(tmp_path: Path, closed: int):
    (tmp_path / "countersign.toml").write_text(f'[log]\nurl = "kafka://127.0.0.1:{closed}"\n')
    for arguments in (("topics", "plan"), ("cases", "list")):
        shown = countersign(*arguments, cwd=tmp_path)
        wanted = (
            f"countersign {arguments[0]}: no broker answers at kafka://127.0.0.1:{closed}: check that the brokers"
        )
        assert (shown.returncode, shown.stderr.startswith(wanted)) == (ExitCode.UNREACHABLE, True), shown.stderr
    fault = LogUnusable("kafka://b:9092: looking at the topics failed: KafkaConnectionError: Unable to bootstrap")
    fault.__cause__ = type("KafkaConnectionError", (Exception,), {})()
    assert _silence(fault) == "cannot be reached: no broker answers at kafka://b:9092"
    assert _silence(LogUnusable("kafka://b:9092: as it is")) == "kafka://b:9092: as it is"


@pytest.mark.parametrize("reach", list(Reach))
def test_each_way_of_not_being_reached_has_a_fix(reach: Reach):
    row = failed("slack", Outcome(Standing.NOT_DONE, reason=reach), "the other fix", "slack.api_url")
    assert row.fix
    assert "{" not in row.fix
    assert row.fix != "the other fix"


@pytest.mark.parametrize(("status", "word"), [(None, "a run will put"), (403, "refuses: HTTP status 403")])
async def test_elasticsearch_is_asked_and_nothing_is_written(status: int | None, word: str):
    server = FakeElasticsearch()
    server.status = status
    await server.start()
    try:
        row = await check_elasticsearch(Settings(elasticsearch=ElasticsearchSettings(url=server.url)))
    finally:
        await server.stop()
    assert word in row.detail
    assert not server.templates


def settings(mode: Mode) -> Settings:
    slack, duo = SlackSettings(bot_token=Secret("xoxb-1")), DuoSettings(api_url="https://duo.example")
    return Settings(run=RunSettings(mode=mode), slack=slack, duo=duo)


def directory(*people: Person) -> Directory:
    return Directory(people)


@pytest.mark.parametrize(
    ("people", "mode", "ok"),
    [
        ((), Mode.ENFORCE, False),
        ((Person("ada", "Ada", slack=None, duo="ada"),), Mode.ENFORCE, False),
        ((Person("ada", "Ada", slack="U1", duo="ada"),), Mode.ENFORCE, True),
        ((), Mode.OBSERVE, None),
        ((Person("ada", "Ada", slack="U1", duo=None),), Mode.OBSERVE, None),
    ],
)
def test_nobody_to_ask_is_said_and_wrong_where_people_are_asked(people, mode: Mode, ok: bool | None):  # noqa: FBT001
    row = check_people(directory(*people), settings(mode))
    assert row.ok is ok
    assert ("nobody can be asked" in row.detail) is (ok is not True)
    assert bool(row.fix) is (ok is not True)


def test_people_who_wait_for_slack_are_not_said_to_be_askable_now():
    row = check_people(directory(Person("ada", "Ada", slack="U1", duo="ada")), Settings())
    assert "once Slack and Duo are configured" in row.detail
